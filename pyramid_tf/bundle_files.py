"""Bundles: folders that hold a model for drawing, to be passed on.

config.json       what the model is, and what it was trained on
model.weights.h5  the weights that drawing needs, in groups of numbered arrays
README.md, samples.png   the same for people

`config.json` is a JSON object. Its `bundle_version` is 1; `family` is the class
that loads the bundle and `model` its configuration; `precision` is the Keras
policy it computes in; `weights` has the `dtype` of kernels and the
`sha256` of the file. Who writes a bundle may add more; `preprocessing` says how
images were prepared. Nothing slow is imported here.
"""

import hashlib
import json
import os
import pathlib
from typing import Any

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
CARD, SAMPLES = "README.md", "samples.png"
VERSION = 1

DTYPES = ("float32", "float16")
"""How the kernels of a bundle may be stored; models compute as before."""

_FIELDS = {"family": str, "model": dict, "precision": str, "weights": dict}


class BundleError(ValueError):
  """A folder holds no bundle that can be used; the message says what to do."""


def is_bundle(folder: str | os.PathLike) -> bool:
  """Returns whether a folder holds a bundle, be it a damaged one."""
  folder = pathlib.Path(folder)
  if (folder / WEIGHTS).is_file():
    return True
  try:
    return "bundle_version" in _json(folder / CONFIG)
  except (OSError, BundleError):
    return False


def read_config(
  folder: str | os.PathLike, family: str | None = None
) -> dict[str, Any]:
  """Reads what a bundle is.

  Args:
    folder: The folder of the bundle.
    family: The family it has to be of; None for any.

  Returns:
    The object of its `config.json`.

  Raises:
    BundleError: If it is no bundle, a damaged one, one of another version or
      of another family.
  """
  path = pathlib.Path(folder) / CONFIG
  if not path.is_file():
    raise BundleError(
      f"{folder} holds no bundle: it has no {CONFIG}. Name a folder that "
      "experiments.bundle wrote."
    )
  try:
    stored = _json(path)
  except OSError as error:
    raise BundleError(f"Cannot read {path}: {error.strerror}.") from error
  version = stored.get("bundle_version")
  if version is None:
    raise BundleError(
      f"{folder} holds no bundle: its {CONFIG} has no bundle_version. Name a "
      "folder that experiments.bundle wrote."
    )
  if version != VERSION:
    raise BundleError(
      f"{path} is of version {version!r} of bundles; this project reads "
      f"version {VERSION}. Update the project, or make the bundle again."
    )
  for field, kind in _FIELDS.items():
    if not isinstance(stored.get(field), kind):
      raise damaged(path, f"it has no {field}")
  if family not in (None, stored["family"]):
    raise BundleError(
      f"{folder} holds a {stored['family']}, not a {family}. Load it with "
      f"{stored['family']}.from_bundle."
    )
  return stored


def read_weights(
  folder: str | os.PathLike, stored: dict[str, Any]
) -> tuple[pathlib.Path, bytes]:
  """Reads the file of weights that a bundle's `config.json` describes.

  Returns:
    Its path and content.

  Raises:
    BundleError: If it is missing, or another file.
  """
  path = pathlib.Path(folder) / WEIGHTS
  try:
    content = path.read_bytes()
  except OSError as error:
    raise BundleError(
      f"Cannot read {path}: {error.strerror}. Fetch or make the bundle again."
    ) from error
  if hashlib.sha256(content).hexdigest() != stored["weights"].get("sha256"):
    raise damaged(path, f"it is not the file that {CONFIG} describes")
  return path, content


def damaged(path: pathlib.Path, reason: object) -> BundleError:
  """Returns the error of a file that is there and cannot be used."""
  return BundleError(
    f"{path} is damaged ({reason}). Fetch or make the bundle again."
  )


def _json(path: pathlib.Path) -> dict[str, Any]:
  try:
    value = json.loads(path.read_text(encoding="utf-8"))
  except (ValueError, RecursionError) as error:
    raise damaged(path, error) from error
  if not isinstance(value, dict):
    raise damaged(path, f"it holds {json.dumps(value)[:20]}")
  return value
