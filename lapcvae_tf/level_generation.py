"""What one level of a LapCVAE draws: its latents, and bands of latents."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from lapcvae_tf import adversary_networks, gaussian, networks
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level_config import LevelConfig
from lapcvae_tf.prior_network import PriorNetwork
from pyramid_tf import consistency
from pyramid_tf.configured_model import ConfiguredModel

# Keeps the noise of detail apart from that of latents, which levels draw by the
# same seed.
_NOISE_SEEDS = 500


class LevelGeneration(ConfiguredModel):
  """Prior and decoder of level k (Dorta et al., 2017, Equations 10 to 13).

  Attributes:
    k: Index of the level, 0 is the finest.
    config: The level's `LevelConfig`.
    decoder: The network that makes a mean band of latents.
    decoder_latents: Number of latents, from z_k on, that the decoder reads.
    prior_network: M_k, or None where the prior is N(0, I).
    detail: The network that an `adversarial` level adds detail with, or None.
    consistency_steps: Steps that keep a composed image to the coarser one.
    kernel: The pyramid's operator pair.
  """

  k: int
  config: LevelConfig
  decoder: networks.BandDecoder
  decoder_latents: int
  prior_network: PriorNetwork | None
  detail: adversary_networks.DetailNetwork | None
  consistency_steps: int
  kernel: str

  @property
  def band_shape(self) -> tuple[int, int, int]:
    """`(height, width, channels)` of h_k."""
    return (self.config.size, self.config.size, 3)

  def prior(
    self,
    coarser: Gaussian | None,
    batch_size: int | tf.Tensor,
    low_pass: tf.Tensor | None = None,
  ) -> Gaussian:
    """Returns p(z_k), Equation 13; N(0, I) at the coarsest level, without M.

    Args:
      coarser: Statistics of z_{k+1}, from encoding the reconstruction of level
        k + 1; may be None where the prior does not read them.
      batch_size: Number of images.
      low_pass: u(x_{k+1}), `[batch, size, size, 3]`; may be None where the
        prior does not read it.
    """
    if self.prior_network is None:
      return gaussian.standard_normal(batch_size, self.config.latent_dim)
    return self.prior_network(coarser, low_pass)

  def decode(
    self,
    latents: Sequence[tf.Tensor],
    low_pass: tf.Tensor | None,
    training: bool = False,
    coarser: tf.Tensor | None = None,
    noise: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns the band that is generated: the mean, with detail if it has some.

    Args:
      latents: z_k, ..., z_K, as `mean_band` takes them.
      low_pass: u(x_{k+1}), `[batch, size, size, 3]`; may be None where neither
        the networks nor `kept_to` read it.
      training: Whether batch statistics are those of this batch.
      coarser: x_{k+1}, as `mean_band` takes it.
      noise: What `noise` returns.

    Returns:
      The band h~_k, float32 `[batch, size, size, 3]`.
    """
    mean = self.mean_band(latents, low_pass, training, coarser)
    return self.detailed(mean, low_pass, noise, coarser)

  def noise(
    self, seed: tf.Tensor | None, count: int | tf.Tensor
  ) -> tf.Tensor | None:
    """Draws what detail is made of, uniform `[count, size, size, 1]`.

    Args:
      seed: int32 `[2]`; levels take noise of their own from it. None gives all
        images the same noise at every call, so that what is made of one does
        not depend on the others of its batch.
      count: Number of images.

    Returns:
      Noise in [-1, 1]; None where the level adds no detail.
    """
    if self.detail is None:
      return None
    shape = (*self.band_shape[:2], 1)
    if seed is None:
      generator = np.random.default_rng(_NOISE_SEEDS + self.k)
      same = generator.uniform(-1.0, 1.0, shape).astype(np.float32)
      return tf.repeat(same[None], count, axis=0)
    seed = tf.random.fold_in(seed, _NOISE_SEEDS + self.k)
    return tf.random.stateless_uniform((count, *shape), seed, -1.0, 1.0)

  def detailed(
    self,
    mean: tf.Tensor,
    low_pass: tf.Tensor | None,
    noise: tf.Tensor | None,
    coarser: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns a mean band with detail; the same where the level adds none.

    Args:
      mean: What `mean_band` returns.
      low_pass: u(x_{k+1}), the same shape.
      noise: What `noise` returns.
      coarser: x_{k+1}, as `mean_band` takes it.
    """
    if self.detail is None:
      return mean
    band = mean + self.detail(mean, low_pass, noise)
    return self._kept_band(band, low_pass, coarser)

  def mean_band(
    self,
    latents: Sequence[tf.Tensor],
    low_pass: tf.Tensor | None,
    training: bool = False,
    coarser: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns the mean of p_k(h_k | z_k, ..., z_K), Equation 11 (or 10).

    Args:
      latents: z_k, ..., z_K, each `[batch, latent_dim]` of its level.
      low_pass: u(x_{k+1}), `[batch, size, size, 3]`; may be None where neither
        the decoder nor `kept_to` reads it.
      training: Whether batch statistics are those of this batch.
      coarser: x_{k+1}, `[batch, coarser_size, coarser_size, 3]`, to which
        `consistency_steps` keep the composed image; may be None without them.

    Returns:
      float32 `[batch, size, size, 3]`.
    """
    return self.band_and_features(latents, low_pass, training, coarser)[0]

  def band_and_features(
    self,
    latents: Sequence[tf.Tensor],
    low_pass: tf.Tensor | None,
    training: bool = False,
    coarser: tf.Tensor | None = None,
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what `mean_band` does, and the decoder's last features."""
    joined = tf.concat(list(latents)[: self.decoder_latents], axis=-1)
    band, features = self.decoder.band_and_features(joined, low_pass, training)
    return self._kept_band(band, low_pass, coarser), features

  def _kept_band(self, band, low_pass, coarser):
    if not self.consistency_steps:
      return band
    return self.kept_to(coarser, low_pass + band) - low_pass

  def kept_to(self, coarser: tf.Tensor | None, image: tf.Tensor) -> tf.Tensor:
    """Returns `image`, after its `consistency_steps` towards `coarser`.

    Args:
      coarser: x_{k+1}; may be None where there are no steps.
      image: `[batch, size, size, 3]`.
    """
    if not self.consistency_steps:
      return image
    return consistency.back_projected(
      image, coarser, self.kernel, self.consistency_steps
    )
