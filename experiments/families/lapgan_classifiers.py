"""The classifiers that choose the weights of a LAPGAN's levels."""

import hashlib
import os
import pathlib
from collections.abc import Mapping, Sequence

from absl import logging

from experiments.families.base import Chooser
from experiments.measures import object_classifier
from experiments.measures.object_classifier import Judge
from experiments.system import errors
from lapgan_tf.configs import LAPGANConfig


def by_level(
  config: LAPGANConfig, paths: Sequence[str]
) -> Mapping[str, Chooser]:
  """Returns the classifier of each level's size, where classifiers choose.

  Args:
    config: The pyramid.
    paths: The files of classifiers.

  Raises:
    UserError: If a file holds no classifier, or one that chooses nothing.
  """
  if config.selection != "classifier":
    return {}
  by_size: dict[int, str] = {}
  for path in paths:
    path = os.path.abspath(os.path.expanduser(path))
    size = object_classifier.load(path).facts.size
    if size not in config.sizes:
      raise errors.UserError(
        f"--classifier={path} reads {size} pixels, and the levels have "
        f"{', '.join(map(str, config.sizes))}. Train one of such a size with "
        "experiments.classifier --size."
      )
    if by_size.setdefault(size, path) != path:
      raise errors.UserError(
        f"--classifier={path} reads {size} pixels, as {by_size[size]} does. "
        "Name one of each size."
      )
  chosen = {}
  for k, size in enumerate(config.sizes):
    path = by_size.get(size)
    digest = path and hashlib.sha256(pathlib.Path(path).read_bytes())
    chosen[f"level_{k}"] = Chooser(path, digest and digest.hexdigest())
  return chosen


def of_size(paths: Sequence[str], size: int) -> Judge | None:
  """Returns the classifier that reads images of a level's size, if any does.

  Raises:
    UserError: If a file before it holds no classifier.
  """
  for path in paths:
    judge = object_classifier.load(path)
    if judge.facts.size == size:
      return judge
  logging.warning(
    "No classifier reads %d pixels; SWD chooses the weights of that level.",
    size,
  )
  return None
