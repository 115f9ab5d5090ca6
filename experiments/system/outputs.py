"""Files and folders that commands write: claimed before work, never mixed.

A folder of results belongs to the one request that made it, which is written
into it as `made_by.json`. The same request may be repeated into it; any other
is refused, so that no result is overwritten and none stays behind among others.
"""

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.system import errors, whole_files

_MADE_BY = "made_by.json"


@contextlib.contextmanager
def explained(target: str | os.PathLike) -> Iterator[None]:
  """Turns a failure to write into one that the user can mend.

  Args:
    target: The file or folder that is written.

  Raises:
    UserError: In place of OSError.
  """
  try:
    yield
  except OSError as error:
    raise errors.UserError(
      f"Cannot write {target}: {error.strerror}. Choose another --out."
    ) from error


def folder(path: str | os.PathLike) -> pathlib.Path:
  """Makes a folder that files of several requests may share.

  Raises:
    UserError: If it cannot be made or written to.
  """
  target = pathlib.Path(path).expanduser()
  with explained(target):
    target.mkdir(parents=True, exist_ok=True)
  _check_writable(target)
  return target


def file(path: str | os.PathLike, ending: str = "") -> pathlib.Path:
  """Makes the folder of a file that is going to be written.

  Args:
    path: The file.
    ending: What its name has to end in, such as `.png`; empty for anything.

  Raises:
    UserError: If the name ends otherwise, the folder cannot be made or written
      to, or `path` is itself a folder.
  """
  target = pathlib.Path(path).expanduser()
  if target.is_dir():
    raise errors.UserError(
      f"{target} is a folder. Name a file in --out, such as "
      f"{target / 'picture.png'}."
    )
  if not target.name.lower().endswith(ending):
    raise errors.UserError(
      f"{target} does not end in {ending}, as what is written there has to. "
      f"Name it {target.name}{ending} in --out."
    )
  folder(target.parent)
  return target


def claimed_folder(
  path: str | os.PathLike, request: Mapping[str, Any]
) -> pathlib.Path:
  """Makes a folder for the files of one request, before any long work.

  Args:
    path: The folder.
    request: Everything that the files depend on, as JSON values.

  Returns:
    The folder, with the files of an earlier run of the same request in it, if
    there was one; they are about to be written again.

  Raises:
    UserError: If the folder holds files of another request or of unknown
      origin, or cannot be written.
  """
  target = folder(path)
  # As JSON gives them back, so that tuples and lists are alike.
  request = json.loads(json.dumps(request))
  if any(not entry.name.startswith(".") for entry in target.iterdir()):
    maker = _maker(target)
    if maker is None:
      raise errors.UserError(
        f"{target} holds other files. Choose a new or empty folder in --out."
      )
    changed = sorted(
      key for key in {*maker, *request} if maker.get(key) != request.get(key)
    )
    if changed:
      raise errors.UserError(
        f"{target} holds the results of another request, which differs in "
        f"{', '.join(changed)}. Choose another folder in --out, or remove it."
      )
  with explained(target):
    whole_files.write_json(target / _MADE_BY, request)
  return target


def _maker(target):
  """The request that made a folder, None if it is not known."""
  try:
    maker = json.loads((target / _MADE_BY).read_text(encoding="utf-8"))
  except (OSError, ValueError):
    return None
  return maker if isinstance(maker, dict) else None


def _check_writable(target):
  if not os.access(target, os.W_OK):
    raise errors.UserError(
      f"Cannot write into {target}: Permission denied. Choose another --out."
    )
