"""The models that a server is asked to serve: where they lie, and their names.

A run, or a bundle, gives its cascade under its own name and level k as
`NAME.level_k`. What has no SavedModels yet is exported into a folder of the
server. Folders of versions, as TF Serving has them, need no run.
"""

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterator, Sequence

from experiments.config import run_config
from experiments.config.data_config import DataConfig
from experiments.model_server import versions
from experiments.runs import exports, run_names, trained_run
from experiments.runs.bundle_folder import BundleFolder
from experiments.system import errors
from experiments.training.run_dir import RunDir


@dataclasses.dataclass(frozen=True)
class Source:
  """A model to serve.

  Attributes:
    name: Its name in addresses.
    folder: The folder of its versions.
    run: What `trained_run.load` takes for the run that it is the cascade of;
      None of a level or of a SavedModel without a run.
    data: The images that it was trained on, if that is known.
  """

  name: str
  folder: pathlib.Path
  run: str | None = None
  data: DataConfig | None = None


def find(paths: Sequence[str], scratch: pathlib.Path) -> list[Source]:
  """Finds the models of folders.

  Args:
    paths: Runs and bundles as `run_names.find` finds them, folders that
      `experiments.export` made, folders of versions, or folders of these.
    scratch: A folder for the exports of what has none.

  Raises:
    UserError: If a path holds no models, or two have the same name.
  """
  sources: dict[str, Source] = {}
  for path in paths:
    found = list(_of_path(path, scratch))
    if not found and pathlib.Path(path).expanduser().is_dir():
      inside = sorted(pathlib.Path(path).expanduser().iterdir())
      found = [s for i in inside if i.is_dir() for s in _of_path(i, scratch)]
    if not found:
      raise errors.UserError(
        f"--models={path}: there is no run, no bundle and no exported model. "
        "Name the folder of a training or of experiments.export, or "
        "pretrained:NAME."
      )
    for source in found:
      if source.name in sources:
        raise errors.UserError(
          f"Two models are called {source.name}: {sources[source.name].folder} "
          f"and {source.folder}. Rename a folder."
        )
      sources[source.name] = source
  return list(sources.values())


def _of_path(
  path: str | os.PathLike, scratch: pathlib.Path
) -> Iterator[Source]:
  found = run_names.find(path)
  # The mark of `version_names` is none of these.
  name = re.sub(r"[^\w.-]", "_", found.path.resolve().name)
  if versions.has_versions(found.path):
    yield Source(name, found.path)
    return
  run, exported = None, found
  if isinstance(found, BundleFolder) or found.is_run:
    run = os.fspath(path)
    if not list(_parts(found)):
      exported = RunDir(scratch / name)
      trained = trained_run.load(run)
      exports.write(trained.family.exports(trained.model), exported)
  elif list(_parts(found)):
    # What experiments.export writes says which run it is of.
    maker = found.read_json("made_by.json", default={}).get("exports_of")
    if maker and RunDir(maker).is_run:
      run = maker
  data = _data(run) if run else None
  for part in _parts(exported):
    is_whole = part == "cascade"
    yield Source(
      name if is_whole else f"{name}.{part}",
      exported.saved_model(part),
      run if is_whole else None,
      data if is_whole else None,
    )


def _parts(run_dir: RunDir | BundleFolder) -> Iterator[str]:
  if run_dir.path.is_dir():
    for folder in sorted(run_dir.path.iterdir()):
      if versions.has_versions(run_dir.saved_model(folder.name)):
        yield folder.name


def _data(run: str) -> DataConfig:
  run_dir = run_names.find(run)
  _, stored = run_dir.read_config()
  return run_config.read(stored, run_dir.path).data
