"""Draws images of a LAPGAN, as requests ask for them."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from experiments.config.requests.sample import SampleRequest
from experiments.families import large_batches
from experiments.system import errors
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.model import LAPGAN


def draw(
  model: LAPGAN,
  request: SampleRequest,
  class_names: Sequence[str] = (),
  first: int = 0,
) -> list[np.ndarray]:
  """Draws images, of classes in turns where there are any.

  Args:
    model: Draws them.
    request: How many, of which classes, and by which seed.
    class_names: The classes that the request may name.
    first: The number of the first batch.

  Returns:
    uint8 images of every level, finest first, `[count, size, size, 3]` each.

  Raises:
    UserError: If the request asks for what a LAPGAN has not, or for classes
      that there are not.
  """
  if request.temperature != 1.0:
    raise errors.UserError(
      f"--temperature={request.temperature} scales the noise of a LapCVAE; "
      "that of a LAPGAN is uniform in [-1, 1]. Leave it out."
    )
  classes = _class_numbers(request.labels, class_names, model.config)
  if request.fixed_coarsest:
    chain = tf.function(
      _refinement_of_one(model, request.seed, classes), autograph=False
    )
  else:
    chain = _compiled(model)
  labels = None
  if model.config.num_classes:
    classes = classes or np.arange(model.config.num_classes)
    turns = np.arange(request.count) + first * request.batch_size
    labels = np.take(classes, turns, mode="wrap").astype(np.int32)
  return large_batches.levels_in_batches(
    chain,
    request.count,
    request.batch_size,
    request.seed,
    labels,
    first,
  )


# Two at most, so that a model which is done with can leave the memory.
@functools.lru_cache(maxsize=2)
def _compiled(model: LAPGAN) -> tf.types.experimental.GenericFunction:
  """Compiles a model's sampling once for all requests."""
  return tf.function(model.sample_chain, autograph=False)


def _class_numbers(
  labels: Sequence[str], names: Sequence[str], model: LAPGANConfig
) -> list[int]:
  if labels and not model.num_classes:
    raise errors.UserError(
      f"--labels={','.join(labels)}: the model is not class-conditional. Leave "
      "the flag out, or train a preset such as cc_lapgan_cifar10."
    )
  numbers = []
  for label in labels:
    if label in names:
      numbers.append(list(names).index(label))
    elif label.isdecimal() and int(label) < model.num_classes:
      numbers.append(int(label))
    else:
      raise errors.UserError(
        f"--labels={label}: the classes are {', '.join([*names, 'numbers'])} "
        f"below {model.num_classes}."
      )
  return numbers


def _refinement_of_one(model: LAPGAN, seed: int, classes: Sequence[int]):
  """The supplement's experiment: what differs is what finer levels add."""
  if model.config.num_levels == 1:
    raise errors.UserError(
      "--fixed_coarsest: a model of one level has no coarsest image to refine. "
      "Leave it out."
    )
  if len(classes) > 1:
    raise errors.UserError(
      "--fixed_coarsest: one coarsest image has one class. Name a single one "
      "in --labels."
    )
  label = tf.constant(list(classes) or [0])
  coarsest = model.draw_coarsest(tf.constant([seed, 0]), 1, label)

  def chain(seeds, count, labels):
    del labels
    several = tf.repeat(coarsest, count, axis=0)
    return model.refine(several, seeds, tf.repeat(label, count))

  return chain
