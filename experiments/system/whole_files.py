"""Files that are written whole or not at all."""

import contextlib
import json
import os
import pathlib
import secrets
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[pathlib.Path]:
  """A file to write in place of `path`, whose name it takes at the end.

  It has the same suffix. After an error or an interruption it is removed, and
  what was at `path` before is still there.

  Args:
    path: File to make or replace, in a folder that exists.

  Raises:
    OSError: If it cannot be written.
  """
  path = pathlib.Path(path)
  # Several processes may write the same file at once; containers give theirs
  # the same number.
  token = secrets.token_hex(4)
  temporary = path.with_name(f".{path.stem}.{token}.partial{path.suffix}")
  try:
    yield temporary
    # Otherwise a power cut could leave the new name with no content.
    synchronise(temporary)
    os.replace(temporary, path)
    synchronise(path.parent)
  except BaseException:
    with contextlib.suppress(OSError):
      temporary.unlink()
    raise


def synchronise(path: str | os.PathLike) -> None:
  """Waits until a file, or the names in a folder, are on the disk.

  Raises:
    OSError: If the disk reports that it failed.
  """
  descriptor = os.open(path, os.O_RDONLY)
  try:
    os.fsync(descriptor)
  finally:
    os.close(descriptor)


def write_text(path: str | os.PathLike, text: str) -> None:
  """Writes a text as UTF-8.

  Raises:
    OSError: If it cannot be written.
  """
  with replacing(path) as temporary:
    temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike, value: Any) -> None:
  """Writes JSON values, indented for people.

  Raises:
    OSError: If it cannot be written.
  """
  write_text(path, json.dumps(value, indent=2) + "\n")
