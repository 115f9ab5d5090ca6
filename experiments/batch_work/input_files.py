"""The files that work is done on, in an order that does not change."""

import hashlib
import os
import pathlib
from collections.abc import Sequence

from experiments.data import image_decoding
from experiments.system import errors


def find(path: str, endings: Sequence[str]) -> list[pathlib.Path]:
  """Returns the files of a folder, or those that a text file names.

  Args:
    path: A folder, searched to any depth, or a text file with a path in each
      line, relative to the text file's folder.
    endings: How files of a folder end, in either case.

  Raises:
    UserError: If there are none, or a file that is named is not there.
  """
  given = pathlib.Path(path).expanduser()
  if given.is_dir():
    files = sorted(
      (f for f in given.rglob("*") if f.name.lower().endswith(tuple(endings))),
      key=lambda file: file.relative_to(given).parts,
    )
  elif given.is_file():
    try:
      lines = given.read_text(encoding="utf-8").splitlines()
    except ValueError as error:
      raise errors.UserError(
        f"--input={path} is no text file with a path in each line: {error}."
      ) from error
    files = [given.parent / line.strip() for line in lines if line.strip()]
    for file in files:
      if not file.is_file():
        raise errors.UserError(f"{file}, which {path} names, is not there.")
  else:
    raise errors.UserError(
      f"--input={path} is no folder and no file. Name a folder of files, or a "
      "text file with a path in each line."
    )
  if not files:
    raise errors.UserError(
      f"--input={path} has no files that end in {', '.join(endings)}."
    )
  return files


def endings_of(task: str) -> tuple[str, ...]:
  """Returns how the files of a task end."""
  return (".json",) if task == "edit" else image_decoding.SUFFIXES


def digest(files: Sequence[pathlib.Path]) -> str:
  """Returns what changes when other files, or other versions, are there."""
  described = [(os.fspath(file), file.stat().st_size) for file in files]
  return hashlib.sha256(repr(described).encode()).hexdigest()
