"""Folders of files that the Hugging Face hub keeps by name, USER/NAME.

Its own client does the work, and reads the login and the address
(`HF_ENDPOINT`) as all programs do that use it.
"""

import os
import pathlib
import re
import types
from collections.abc import Sequence
from typing import Any

from experiments.system import errors

_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


def check_name(name: str) -> None:
  """Checks a name, and that the client is there, before any work.

  Raises:
    UserError: If it is no USER/NAME, or the client is not installed.
  """
  if not _NAME.fullmatch(name):
    raise errors.UserError(
      f"{name!r} is no name on the hub. Write USER/NAME, of letters, digits, "
      "'-', '_' and '.'."
    )
  _library()


def download(
  name: str, folder: str | os.PathLike, files: Sequence[str]
) -> None:
  """Brings files into a folder; what is there already is not fetched again.

  Without a network, a folder that was fetched before is left as it is.

  Args:
    name: USER/NAME.
    folder: The folder, made if it is missing.
    files: The names of the files to fetch.

  Raises:
    UserError: If there is no such name, or it cannot be fetched.
  """
  check_name(name)
  library = _library()
  try:
    _client(library).snapshot_download(
      name, local_dir=folder, allow_patterns=list(files)
    )
  except library.errors.RepositoryNotFoundError as error:
    raise errors.UserError(
      f"hub:{name} is not on the hub, or it is private. Check the name, or log "
      "in with `hf auth login`."
    ) from error
  # What the client's HTTP library raises differs between its versions.
  except Exception as error:
    raise errors.UserError(
      f"Cannot fetch hub:{name}: {_reason(error)}. Check the network, or name "
      "a bundle that is on this machine."
    ) from error


def upload(folder: str | os.PathLike, name: str) -> str:
  """Sends a folder, and returns its address.

  A name that is new is private until its owner says otherwise.

  Raises:
    UserError: If it cannot be sent.
  """
  check_name(name)
  client = _client(_library())
  try:
    address = client.create_repo(name, private=True, exist_ok=True)
    client.upload_folder(repo_id=name, folder_path=pathlib.Path(folder))
  except Exception as error:
    raise errors.UserError(
      f"Cannot send {folder} to hub:{name}: {_reason(error)}. The folder is "
      "whole. Check the network, log in with `hf auth login`, and repeat."
    ) from error
  return str(address)


def _library() -> types.ModuleType:
  try:
    import huggingface_hub
  except ImportError as error:
    raise errors.UserError(
      "The hub needs huggingface-hub. Install it with: pip install "
      "huggingface-hub"
    ) from error
  return huggingface_hub


def _client(library: types.ModuleType) -> Any:
  # Read now, and not when the library was imported.
  return library.HfApi(endpoint=os.environ.get("HF_ENDPOINT"))


def _reason(error: Exception) -> str:
  return str(error).strip().partition("\n")[0].rstrip(".")
