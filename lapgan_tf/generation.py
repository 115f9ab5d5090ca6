"""What one level of a LAPGAN draws: bands of noise and low-pass images."""

import tensorflow as tf

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.kept_average import KeptAverage
from lapgan_tf.networks import Generator
from pyramid_tf import pyramid
from pyramid_tf.configured_model import ConfiguredModel


class Generation(ConfiguredModel):
  """G_k with its noise and labels (Denton et al., 2015, Equation 5).

  Attributes:
    config: The `LAPGANConfig` of the whole pyramid.
    k: Index of the level, 0 for the finest.
    size: Side of the bands.
    generator: G_k.
    average: The `KeptAverage` of G_k's weights, which `generate` uses.
  """

  config: LAPGANConfig
  k: int
  size: int
  generator: Generator
  average: KeptAverage
  _is_noisy: bool

  def call(self, low_pass: tf.Tensor, training: bool = False) -> tf.Tensor:
    """Generates bands with a fixed seed, without labels."""
    del training
    return self.generate(low_pass, tf.constant([0, 0]))

  def one_hot(self, label: tf.Tensor | None) -> tf.Tensor | None:
    """Returns labels `[batch]` as G and D take them; None without classes.

    Raises:
      ValueError: If the level needs labels and there are none.
    """
    if not self.config.num_classes:
      return None
    if label is None:
      raise ValueError(
        f"level_{self.k} is conditioned on {self.config.num_classes} classes; "
        "give it labels."
      )
    return tf.one_hot(label, self.config.num_classes)

  def noise(self, seed: tf.Tensor, count: int | tf.Tensor) -> tf.Tensor:
    """Draws z_k, uniform in [-1, 1]: planes or vectors, `[count, ...]`."""
    shape = [count, *self.noise_shape]
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)

  @property
  def noise_shape(self) -> tuple[int, ...]:
    """The shape of z_k of one image, a plane or a vector."""
    level = self.config.levels[self.k]
    if level.has_noise_plane:
      return (level.size, level.size, 1)
    return (level.noise_dim,)

  @property
  def coarse_noise_shape(self) -> tuple[int, int, int] | None:
    """The shape of noise on a coarse image; None of a level without."""
    if not self._is_noisy:
      return None
    side = self.config.sizes[self.k + 1]
    return (side, side, 3)

  def coarse_noise(self, count: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws standard normal noise, `[count, *coarse_noise_shape]`."""
    return tf.random.stateless_normal((count, *self.coarse_noise_shape), seed)

  def low_pass_noise(
    self, coarse_noise: tf.Tensor, deviation: tf.Tensor
  ) -> tf.Tensor:
    """Returns u of normal noise on coarse images, by their deviations."""
    noise = coarse_noise * deviation[:, None, None, None]
    return pyramid.upsample(noise, self.size, self.config.kernel)

  def generate(
    self,
    low_pass: tf.Tensor,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    weights: str = "served",
    conditioning_noise: float | None = None,
  ) -> tf.Tensor:
    """Draws h~_k = G_k(z_k, l_k) with fresh noise (Equation 5).

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      seed: int32 `[2]`; equal seeds give equal bands.
      label: Integers `[batch]`, None without classes.
      weights: The set of G_k's weights: `served`, which `average.keep_if_best`
        kept; `averaged`, the present moving average; `trained`, the weights of
        the last step.
      conditioning_noise: The deviation of the noise that is added to the coarse
        image of a level that was trained with some. None takes the
        configuration's `sampling_noise`, which suits coarse images that were
        generated; real ones need none, 0.

    Returns:
      The shape of `low_pass`.
    """
    drawn = self.drawn(low_pass, seed, label, conditioning_noise)
    return self.band_of(**drawn, weights=weights)

  def drawn(
    self,
    low_pass: tf.Tensor,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    conditioning_noise: float | None = None,
  ) -> dict[str, tf.Tensor]:
    """Draws all that `band_of` needs, with a row for each image.

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      seed: int32 `[2]`; equal seeds draw equal noise.
      label: Integers `[batch]`, None without classes.
      conditioning_noise: A deviation, None for the configuration's.
    """
    count = tf.shape(low_pass)[0]
    coarse_noise = None
    if self._is_noisy:
      coarse_noise = self.coarse_noise(count, tf.random.fold_in(seed, 1))
    return self.given(
      low_pass,
      self.noise(seed, count),
      label,
      coarse_noise,
      conditioning_noise,
    )

  def given(
    self,
    low_pass: tf.Tensor,
    noise: tf.Tensor,
    label: tf.Tensor | None = None,
    coarse_noise: tf.Tensor | None = None,
    conditioning_noise: float | None = None,
  ) -> dict[str, tf.Tensor]:
    """Returns what `drawn` does, of noise that has been drawn.

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      noise: z_k, uniform in [-1, 1], `[batch, *noise_shape]`.
      label: Integers `[batch]`, None without classes.
      coarse_noise: Standard normal, `[batch, *coarse_noise_shape]`; None of a
        level without.
      conditioning_noise: A deviation, None for the configuration's.
    """
    given = {"low_pass": low_pass, "noise": noise}
    one_hot = self.one_hot(label)
    if one_hot is not None:
      given["one_hot"] = one_hot
    if coarse_noise is not None:
      if conditioning_noise is None:
        conditioning_noise = self.config.sampling_noise
      deviation = tf.fill([tf.shape(low_pass)[0]], conditioning_noise)
      given["deviation"] = deviation
      given["low_pass_noise"] = self.low_pass_noise(coarse_noise, deviation)
    return given

  def band_of(
    self,
    low_pass: tf.Tensor,
    noise: tf.Tensor,
    one_hot: tf.Tensor | None = None,
    deviation: tf.Tensor | None = None,
    low_pass_noise: tf.Tensor | None = None,
    weights: str = "served",
  ) -> tf.Tensor:
    """Returns h~_k of what `drawn` drew; every row depends on its own alone.

    Args:
      low_pass: l_k.
      noise: z_k.
      one_hot: The classes.
      deviation: That of `low_pass_noise`, `[batch]`.
      low_pass_noise: What is added to l_k.
      weights: The set of G_k's weights, one that `generate` knows.
    """
    sets = {
      "served": self.average.served,
      "averaged": self.average.now,
      "trained": self.average.trained,
    }
    variables = sets[weights]
    trainable = len(self.generator.trainable_variables)
    if low_pass_noise is not None:
      low_pass += low_pass_noise
    band, _ = self.generator.stateless_call(
      variables[:trainable],
      variables[trainable:],
      noise,
      low_pass,
      one_hot,
      deviation=deviation,
    )
    # The band goes with the low-pass image that was given.
    return band if low_pass_noise is None else band + low_pass_noise
