"""A photograph whose levels are drawn again, scaled or swapped, one by one."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from experiments.editing.photograph import BATCH
from experiments.editing.step import LevelChange
from experiments.system import errors
from lapcvae_tf import walk
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images


class LevelChanges:
  """A model whose latents can be changed level by level.

  The latent z_k of level k becomes m_k + s_k (z'_k - m_k), where m_k is the
  prior's mean given the coarser levels, z'_k the photograph's own latent, that
  of a second photograph or one drawn from the prior, and s_k the scale.
  """

  def __init__(self, model: LapCVAE):
    """Compiles nothing yet; the first draw does.

    Args:
      model: A trained model that encodes images.
    """
    self._model = model
    self._num_levels = model.config.num_levels
    size = model.config.sizes[0]
    image = tf.TensorSpec((1, size, size, 3), tf.float32)
    levels = (self._num_levels,)
    self._compiled = tf.function(
      self._drawn,
      input_signature=[
        image,
        image,
        tf.TensorSpec(levels, tf.int32),
        tf.TensorSpec(levels, tf.float32),
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((2,), tf.int32),
        tf.TensorSpec((), tf.float32),
      ],
      autograph=False,
    )

  def draw(
    self,
    image: np.ndarray,
    changes: Sequence[LevelChange],
    second: np.ndarray | None,
    count: int,
    seed: int,
    temperature: float,
  ) -> Iterator[np.ndarray]:
    """Draws variations; they are equal where no level is drawn.

    Args:
      image: What the model sees, uint8 `[size, size, 3]`.
      changes: What becomes of every level, finest first.
      second: What the model sees of a second photograph, of the same shape.
      count: How many variations to draw.
      seed: An integer in [0, 2**31) that selects the noise.
      temperature: A factor on the noise of drawn levels.

    Yields:
      uint8 `[batch, size, size, 3]`, at most `BATCH` at a time.

    Raises:
      UserError: If there is not a change for every level, or the second
        photograph has another size.
    """
    if len(changes) != self._num_levels:
      raise errors.UserError(
        f"The model has {self._num_levels} levels, got changes of "
        f"{len(changes)}. Name every level."
      )
    second = image if second is None else second
    if second.shape != image.shape:
      raise errors.UserError(
        f"The second photograph is {second.shape[1]}x{second.shape[0]} and "
        f"the model sees {image.shape[1]}x{image.shape[0]}. Open it again."
      )
    pair = [images.from_uint8(pixels[None]) for pixels in (image, second)]
    sources = [LevelChange.SOURCES.index(change.source) for change in changes]
    scales = [change.scale for change in changes]
    for i, start in enumerate(range(0, count, BATCH)):
      yield self._compiled(
        *pair,
        tf.constant(sources),
        tf.constant(scales, tf.float32),
        tf.constant(min(BATCH, count - start)),
        tf.constant([seed, i]),
        tf.constant(temperature, tf.float32),
      ).numpy()

  def _drawn(self, image, second, sources, scales, count, seed, temperature):
    own, other = (self._model.encode(x) for x in (image, second))

    def latent_at(k, prior, posterior):
      del posterior
      drawn = prior.sample(tf.random.fold_in(seed, k), temperature)
      choices = (own[k], other[k])
      kept = tf.stack([tf.repeat(z, count, axis=0) for z in choices] + [drawn])
      return prior.mean + scales[k] * (kept[sources[k]] - prior.mean)

    config, levels = self._model.config, self._model.level_models
    outcomes = walk.generate(config, levels, latent_at, count, noise_seed=seed)
    return images.to_uint8(outcomes[0].composed)
