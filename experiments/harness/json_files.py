"""Small JSON files, readable for people too."""

import json
import os
import pathlib
from typing import Any


def write(path: str | os.PathLike, value: Any) -> None:
  """Writes JSON values whole or not at all; the folder has to be there."""
  path = pathlib.Path(path)
  # Processes that train parts of one run may write the same file at once.
  temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
  temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
  os.replace(temporary, path)
