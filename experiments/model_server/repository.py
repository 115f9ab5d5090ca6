"""All models of a server by name, and their versions."""

import concurrent.futures
import threading
from collections.abc import Sequence

import kserve
from kserve.errors import InvalidInput

from experiments.model_server import version_names
from experiments.model_server.served_model import ServedModel
from experiments.model_server.sources import Source
from experiments.model_server.versions import Versions
from experiments.system import errors


class Repository(kserve.ModelRepository):
  """The models, which a thread keeps up with the disk."""

  def __init__(
    self,
    sources: Sequence[Source],
    threads: concurrent.futures.Executor,
    keep: int = 1,
  ):
    """Loads the newest versions of all.

    Args:
      sources: What to serve.
      threads: Where models work.
      keep: How many versions of each are loaded at a time.

    Raises:
      UserError: If none of a model's versions can be loaded.
    """
    super().__init__()
    self._stopped = threading.Event()
    for source in sources:
      versions = Versions(source.name, source.folder, keep)
      versions.refresh(settled=True)
      if not versions.numbers:
        raise errors.UserError(
          f"{source.folder} has no version that can be loaded; the reason is "
          "above. Export the model again."
        )
      self.update(ServedModel(source, versions, threads))

  def get_model(self, name: str) -> ServedModel | None:
    """Returns a model or one version of it, by its name; None without."""
    if name in self.models:
      return self.models[name]
    for base, number in version_names.read(name):
      model = self.models.get(base)
      if model is not None and number in model.versions.numbers:
        return model.at(number)
    return None

  def refresh(self) -> None:
    """Looks once for other versions of all models."""
    for model in self.models.values():
      model.versions.refresh()

  def watch(self, seconds: float) -> None:
    """Starts a thread that looks for other versions again and again."""

    def look():
      while not self._stopped.wait(seconds):
        self.refresh()

    threading.Thread(target=look, name="versions", daemon=True).start()

  def close(self) -> None:
    """Ends the thread."""
    self._stopped.set()

  def load(self, name: str) -> bool:
    """Refuses: the disk says what is loaded."""
    raise InvalidInput(_REFUSAL)

  def unload(self, name: str) -> None:
    """Refuses: the disk says what is loaded."""
    raise InvalidInput(_REFUSAL)


_REFUSAL = (
  "Requests load and unload no models. Put a folder of a higher number beside "
  "the one that is served."
)
