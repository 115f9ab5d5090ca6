"""Coarse images that trained levels generate, for a finer level to learn from.

Levels that learn alone see coarse images of real photographs only, and meet
generated ones when sampling. A finer level that has seen both can mend what
coarser levels get wrong.
"""

from collections.abc import Sequence

import tensorflow as tf

from pyramid_tf import cascade

_DRAWN_AT_ONCE = 250


class CoarseImages:
  """Generated images x~_{k+1}, as many of each class.

  Attributes:
    images: `[classes, count, size, size, 3]`, standardised; one class where the
      levels have none.
  """

  def __init__(self, images: tf.Tensor):
    """Holds the images."""
    self.images = images

  def pick(
    self, image: tf.Tensor, label: tf.Tensor | None, seed: tf.Tensor
  ) -> tf.Tensor:
    """Returns as many images as are given, each of the class of its label.

    Args:
      image: Photographs, of which only the number counts.
      label: One-hot `[count, classes]`, None without classes.
      seed: int32 `[2]`.
    """
    count = tf.shape(image)[0]
    which = tf.random.stateless_uniform(
      [count], seed, 0, self.images.shape[1], tf.int32
    )
    label = tf.zeros_like(which) if label is None else tf.argmax(label, -1)
    label = tf.cast(label, tf.int32)
    return tf.gather_nd(self.images, tf.stack([label, which], 1))


class RefinedImages:
  """What level k + 1 makes of photographs' images b_{k+2}."""

  def __init__(self, coarser: tf.keras.Model):
    """Takes level k + 1, a trained `LAPGANLevel` that has a coarser one."""
    self._coarser = coarser

  def pick(
    self, image: tf.Tensor, label: tf.Tensor | None, seed: tf.Tensor
  ) -> tf.Tensor:
    """Returns x~_{k+1} of given photographs, standardised.

    Args:
      image: Photographs, `[count, size_0, size_0, 3]` in [-1, 1].
      label: One-hot `[count, classes]`, None without classes.
      seed: int32 `[2]`.
    """
    level = self._coarser
    _, low_pass = level.real_bands(image)
    number = None if label is None else tf.argmax(label, -1)
    band = level.generate(low_pass, seed, number, conditioning_noise=0.0)
    return tf.stop_gradient(low_pass + band)


def draw(
  coarser: Sequence[tf.keras.Model], count: int, seed: int
) -> CoarseImages:
  """Draws about `count` images with the levels above a finer one.

  Args:
    coarser: `LAPGANLevel`s k+1, ..., K, trained, finest first.
    count: The number of images of all classes together.
    seed: An integer that selects the noise.
  """
  config, first = coarser[0].config, coarser[0].k

  @tf.function(autograph=False)
  def generated(seeds, label):
    def band_at(i, low_pass):
      fold = tf.random.fold_in(seeds, i)
      return coarser[i].generate(low_pass, fold, label)

    sizes = config.sizes[first:]
    return cascade.walk(band_at, sizes, _DRAWN_AT_ONCE, kernel=config.kernel)[0]

  classes = max(1, config.num_classes)
  batches = -(-count // (classes * _DRAWN_AT_ONCE))
  drawn = []
  for c in range(classes):
    label = None
    if config.num_classes:
      label = tf.fill([_DRAWN_AT_ONCE], c)
    seeds = [tf.constant([seed, c * batches + i]) for i in range(batches)]
    drawn.append(tf.concat([generated(s, label) for s in seeds], 0))
  return CoarseImages(tf.stack(drawn))
