"""The walk over the levels, from K to the finest: Figures 2 and 3.

Training, reconstruction, sampling and partial sampling differ only in where the
latents come from.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from lapcvae_tf import losses
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from pyramid_tf import cascade, pyramid

# (level k, low-pass image, prior of z_k) -> z_k.
LatentSource = Callable[[int, tf.Tensor, Gaussian], tf.Tensor]


class LevelOutcome(NamedTuple):
  """What a walk found at level k.

  Attributes:
    target: The band the level should generate, `[batch, size, size, 3]`.
    band: The band it generated, the same shape.
    posterior: q_k given the target.
    prior: p(z_k) given the coarser levels.
    blurred: b_k, the true image of the level.
    composed: x~_k, the generated one.
  """

  target: tf.Tensor
  band: tf.Tensor
  posterior: Gaussian
  prior: Gaussian
  blurred: tf.Tensor
  composed: tf.Tensor

  def kl(self) -> tf.Tensor:
    """KL(posterior || prior) in nats, `[batch]`."""
    return losses.gaussian_kl(self.posterior, self.prior)


class Targets:
  """What each level should generate of given images.

  Attributes:
    blurred: `{k: b_k}`, from the images' own level to K.
  """

  def __init__(self, config: LapCVAEConfig, image: tf.Tensor, finest: int = 0):
    """Decomposes `[batch, size, size, 3]` images.

    Args:
      config: The pyramid.
      image: b_finest.
      finest: The level of the images; finer ones have no targets.
    """
    self._open_loop = config.target == "open_loop"
    sizes = config.sizes[finest:]
    blurred = pyramid.gaussian_pyramid(image, sizes, config.kernel)
    self.blurred = dict(enumerate(blurred, finest))
    self._bands = None
    if self._open_loop:
      bands = pyramid.bands_between(blurred, sizes, config.kernel)
      self._bands = dict(enumerate(bands, finest))

  def band(self, k: int, low_pass: tf.Tensor) -> tf.Tensor:
    """h_k (Equation 6), or b_k - u(x~_{k+1}) in a closed loop."""
    return self._bands[k] if self._open_loop else self.blurred[k] - low_pass


def generate(
  config: LapCVAEConfig,
  levels: Sequence[LapCVAELevel],
  latent_at: LatentSource,
  batch_size: int | tf.Tensor,
  finest: int = 0,
  training: Callable[[int], bool] = lambda k: False,
  differentiate_between_levels: bool = False,
) -> tuple[dict[int, tf.Tensor], dict[int, tf.Tensor]]:
  """Generates levels K to `finest`.

  Args:
    config: The pyramid.
    levels: All its levels, finest first.
    latent_at: Called once per level, coarsest first.
    batch_size: Number of images.
    finest: Last level of the walk.
    training: Whether the decoder of a level uses its batch's statistics.
    differentiate_between_levels: Whether gradients of a level reach what it
      takes from coarser ones: low-pass image, latents, re-encoded statistics.

  Returns:
    `{k: x~_k}`, the composed images, and `{k: h~_k}`, the bands.
  """

  def hold(tensor):
    between = differentiate_between_levels
    return tensor if between else tf.stop_gradient(tensor)

  latents, bands, reencoded = [], {}, None

  def band_at(offset, low_pass):
    nonlocal reencoded
    k = finest + offset
    level, low_pass = levels[k], hold(low_pass)
    prior = level.prior(reencoded, batch_size)
    coarser = [hold(latent) for latent in latents]
    latents.insert(0, latent_at(k, low_pass, prior))
    bands[k] = level.decode(
      [latents[0], *coarser], low_pass, training=training(k)
    )
    if k > finest and levels[k - 1].prior_network is not None:
      # Figure 2's dashed arrows; Section 4.3 encodes the generated band so that
      # training and sampling see the same statistics.
      reencoded = level.posterior(bands[k], low_pass)
      if not differentiate_between_levels:
        reencoded = reencoded.stop_gradient()
    return bands[k]

  composed = cascade.walk(
    band_at, config.sizes[finest:], batch_size, kernel=config.kernel
  )
  return {finest + i: image for i, image in enumerate(composed)}, bands


def autoencode(
  config: LapCVAEConfig,
  levels: Sequence[LapCVAELevel],
  image: tf.Tensor,
  seed: tf.Tensor,
  **options,
) -> dict[int, LevelOutcome]:
  """Generates with latents drawn from the posteriors of given images.

  Args:
    config: The pyramid.
    levels: All its levels, finest first.
    image: `[batch, size, size, 3]` in [-1, 1].
    seed: int32 `[2]`, of the posterior samples.
    **options: `finest`, `training` and `differentiate_between_levels` of
      `generate`; `training` covers the encoders too.

  Returns:
    The outcome of every level of the walk.
  """
  targets = Targets(config, image)
  training = options.get("training", lambda k: False)
  found = {}

  def latent_at(k, low_pass, prior):
    target = targets.band(k, low_pass)
    posterior = levels[k].posterior(target, low_pass, training=training(k))
    found[k] = (target, posterior, prior)
    return posterior.sample(tf.random.fold_in(seed, k))

  composed, bands = generate(
    config, levels, latent_at, tf.shape(image)[0], **options
  )
  return {
    k: LevelOutcome(
      target, bands[k], posterior, prior, targets.blurred[k], composed[k]
    )
    for k, (target, posterior, prior) in found.items()
  }
