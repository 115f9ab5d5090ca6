"""What a level's networks see in a step: bands, low-pass images, labels."""

from typing import NamedTuple

import tensorflow as tf

from pyramid_tf import pyramid

keras = tf.keras


class Examples(NamedTuple):
  """Some examples of a level, and what its networks are told of them.

  Attributes:
    band: h_k or h~_k, `[count, size, size, 3]`.
    low_pass: l_k, the same shape.
    label: One-hot labels, None without classes.
    deviation: Standard deviations of the noise in `low_pass`, `[count]`, None
      without noise.
  """

  band: tf.Tensor
  low_pass: tf.Tensor
  label: tf.Tensor | None
  deviation: tf.Tensor | None = None

  def every(self, stride: int, first: int) -> "Examples":
    """Returns each `stride`-th example from `first` on."""
    return Examples(*(x if x is None else x[first::stride] for x in self))

  def joined(self, other: "Examples") -> "Examples":
    """Returns the examples of both."""
    return Examples(
      *(
        x if x is None else tf.concat([x, y], 0)
        for x, y in zip(self, other, strict=True)
      )
    )


def partly_generated(
  level: keras.Model, image: tf.Tensor, real: Examples, seed: tf.Tensor
) -> Examples:
  """Puts low-pass images of generated images in the place of some.

  Args:
    level: A `LAPGANLevel` that learns from generated images.
    image: The training images that the examples are of.
    real: The level's examples, of true images.
    seed: int32 `[2]`; selects the images and which examples give way.

  Raises:
    ValueError: If the level has no `coarse_images`.
  """
  if level.coarse_images is None:
    raise ValueError(
      f"generated_low_pass={level.generated_share} trains level_{level.k} on "
      "what coarser levels generate; set its coarse_images."
    )
  images = level.coarse_images.pick(
    image, real.label, tf.random.fold_in(seed, 0)
  )
  low_pass = pyramid.upsample(images, level.size, level.config.kernel)
  count = tf.shape(real.low_pass)[0]
  lot = tf.random.stateless_uniform([count], tf.random.fold_in(seed, 1))
  chosen = (lot < level.generated_share)[:, None, None, None]
  return real._replace(low_pass=tf.where(chosen, low_pass, real.low_pass))


def augmented(level: keras.Model, given: Examples, seed: tf.Tensor) -> Examples:
  """Adds noise of a random deviation to the coarse image of each example.

  Bands make up for it, so that band and low-pass image have the same sum
  (conditioning augmentation, Ho et al., 2021).

  Args:
    level: A `LAPGANLevel` with `conditioning_noise`.
    given: Examples of the level, true or with generated low-pass images.
    seed: int32 `[2]`; selects deviations and noise.
  """
  count = tf.shape(given.band)[0]
  deviation = tf.random.stateless_uniform(
    [count], seed, 0.0, level.config.conditioning_noise
  )
  noise = level.low_pass_noise(
    level.coarse_noise(count, tf.random.fold_in(seed, 1)), deviation
  )
  return given._replace(
    band=given.band - noise,
    low_pass=given.low_pass + noise,
    deviation=deviation,
  )
