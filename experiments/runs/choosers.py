"""What chooses the weights of a part, so that a later start sees a change.

A part is resumed with the classifier that it started with: scores by two of
them cannot be compared, and the smallest would mean nothing.
"""

from collections.abc import Mapping, Sequence

from experiments.families.base import Chooser
from experiments.system import errors
from experiments.training.run_files import RunFiles

_FILE = "classifier.json"


def store(run_dir: RunFiles, part: str | None, chooser: Chooser | None) -> None:
  """Writes what chooses the weights of a part that starts or goes on."""
  if chooser is not None:
    run_dir.write_json(
      _FILE, {"classifier": chooser.path, "sha256": chooser.digest}, part
    )


def check(
  run_dir: RunFiles,
  parts: Sequence[str | None],
  choosers: Mapping[str | None, Chooser | None],
) -> None:
  """Checks that parts that have begun are chosen by what they started with.

  A part of a version that stored no classifier is not compared.

  Raises:
    UserError: If another classifier is given, or one that has changed.
  """
  for part in parts:
    before = run_dir.read_json(_FILE, part, default={})
    now = choosers.get(part)
    if not before or now is None or before.get("sha256") == now.digest:
      continue
    path = before.get("classifier")
    if path == now.path:
      raise errors.UserError(
        f"--classifier={path} has changed since {part} of {run_dir.path} "
        "started. Restore the file, or choose another --run_dir."
      )
    raise errors.UserError(
      f"--classifier={now.path or ''}: the weights of {part} of "
      f"{run_dir.path} are chosen by {path or 'no classifier'}. "
      f"{'Name it' if path else 'Leave out that of its size'}, or choose "
      "another --run_dir."
    )


def paths(run_dir: RunFiles, parts: Sequence[str | None]) -> list[str]:
  """Returns the files of classifiers that parts have started with."""
  stored = [run_dir.read_json(_FILE, part, default={}) for part in parts]
  found = [each["classifier"] for each in stored if each.get("classifier")]
  return list(dict.fromkeys(found))
