"""Images drawn from a LAPGAN, in batches."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from experiments.families import batched
from experiments.system import errors
from lapgan_tf.model import LAPGAN
from pyramid_tf import pyramid

_BATCH = 250


def draw(
  model: LAPGAN,
  count: int,
  seed: int,
  labels: Sequence[int] | None = None,
  batch_size: int = _BATCH,
) -> np.ndarray:
  """Draws `count` images, uint8 `[count, size, size, 3]`.

  Args:
    model: The cascade.
    count: Images in all.
    seed: Of the first batch; batch i uses (seed, i).
    labels: Classes, repeated in order until there are enough; None takes all
      classes of a class-conditional model in turns.
    batch_size: Most images at a time; the images of a seed depend on it.
  """
  return draw_chain(model, count, seed, labels, batch_size)[-1]


def draw_chain(
  model: LAPGAN,
  count: int,
  seed: int,
  labels: Sequence[int] | None = None,
  batch_size: int = _BATCH,
) -> list[np.ndarray]:
  """As `draw`, but the images of every level, coarsest first (Figure 4b)."""
  return _drawn(
    model, tf.function(model.sample_chain), count, seed, labels, batch_size
  )


def draw_from_one_coarsest(
  model: LAPGAN,
  count: int,
  seed: int,
  labels: Sequence[int] | None = None,
  batch_size: int = _BATCH,
) -> list[np.ndarray]:
  """As `draw_chain`, but every image refines the same coarsest one.

  The supplement's experiment: what differs is what the finer levels add.

  Raises:
    UserError: If the model has one level, which nothing refines, or there are
      several labels.
  """
  if model.config.num_levels == 1:
    raise errors.UserError(
      "A model of one level has no coarsest image to refine; draw samples."
    )
  if labels and len(labels) > 1:
    raise errors.UserError(
      "One coarsest image has one class; name a single one in --labels."
    )
  labels = list(labels or range(model.config.num_classes))[:1]
  first = tf.constant(labels or [0])
  coarsest = model.draw_coarsest(tf.constant([seed, 0]), 1, first)

  @tf.function
  def refine(seeds, size, label):
    return model.refine(tf.repeat(coarsest, size, axis=0), seeds, label)

  return _drawn(model, refine, count, seed, labels, batch_size)


def refined_once(
  model: LAPGAN,
  k: int,
  coarse: np.ndarray,
  seed: tf.Tensor,
  label: tf.Tensor | None = None,
) -> np.ndarray:
  """One step of the cascade: u(x_{k+1}) with a drawn band of level k added.

  Args:
    model: The cascade.
    k: The level, not the coarsest.
    coarse: x_{k+1}, standardised.
    seed: int32 `[2]`.
    label: As of `LAPGAN.sample`.

  Returns:
    x~_k, standardised.
  """
  low_pass = pyramid.upsample(
    tf.cast(coarse, tf.float32), model.config.sizes[k], model.config.kernel
  )
  return (
    low_pass + model.level_models[k].generate(low_pass, seed, label)
  ).numpy()


def _drawn(model, sample, count, seed, labels, batch_size):
  """Images of every level in batches, coarsest first."""
  classes = model.config.num_classes
  if classes:
    labels = np.resize(labels or np.arange(classes), count).astype(np.int32)
  else:
    labels = None
  finest_first = batched.levels_in_batches(
    sample, count, batch_size, seed, labels
  )
  return finest_first[::-1]
