"""The walk over the levels, from K to the finest: Figures 2 and 3.

Training, reconstruction, sampling and partial sampling differ only in where the
latents come from.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import tensorflow as tf

from lapcvae_tf import losses, pixel_outcomes
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from pyramid_tf import cascade, pyramid

# (level k, prior of z_k, its posterior or None) -> z_k.
LatentSource = Callable[[int, Gaussian, Gaussian | None], tf.Tensor]

# (level k, the generated x~_k, the true b_k or None) -> the image that the next
# level refines.
RefinedSource = Callable[[int, tf.Tensor, tf.Tensor | None], tf.Tensor]


class LevelOutcome(NamedTuple):
  """What the walk made at level k.

  Attributes:
    latent: z_k, `[batch, latent_dim]`.
    band: The generated band h~_k, `[batch, size, size, 3]`.
    composed: The generated image x~_k = u(x_{k+1}) + h~_k, the same shape.
    mean: The mean band of p_k; `band` itself unless the level adds detail or
      draws pixels.
    low_pass: u(x_{k+1}), the same shape.
    base: x_{k+1}, or None at the coarsest level.
    coarser: z_{k+1}, ..., z_K.
    prior: p(z_k) given the coarser levels.
    posterior: q_k given `target`; None where there is no target.
    target: The band that the level should generate, or None.
    blurred: The true image b_k of the level, or None.
    pixel_nll: -ln p(b_k | z, l_k), rounded to the grid of 256 values, in nats,
      `[batch]`; None where the level draws no pixels, or was not asked.
  """

  latent: tf.Tensor
  band: tf.Tensor
  composed: tf.Tensor
  mean: tf.Tensor
  low_pass: tf.Tensor
  base: tf.Tensor | None
  coarser: tuple[tf.Tensor, ...]
  prior: Gaussian
  posterior: Gaussian | None
  target: tf.Tensor | None
  blurred: tf.Tensor | None
  pixel_nll: tf.Tensor | None = None

  def kl(self) -> tf.Tensor:
    """KL(posterior || prior) in nats, `[batch]`."""
    return losses.gaussian_kl(self.posterior, self.prior)


class Targets:
  """What the levels should generate for given images.

  Attributes:
    blurred: b_0, ..., b_K, finest first; None for levels finer than the images.
  """

  def __init__(self, config: LapCVAEConfig, image: tf.Tensor, finest: int = 0):
    """Decomposes images.

    Args:
      config: The pyramid.
      image: b_finest, `[batch, size, size, 3]`.
      finest: The level whose size the images have; finer levels have no target.
    """
    sizes = config.sizes[finest:]
    absent = [None] * finest
    blurred = pyramid.gaussian_pyramid(image, sizes, config.kernel)
    self.blurred = absent + blurred
    self._bands = None
    if config.target == "open_loop":
      bands = pyramid.bands_between(blurred, sizes, config.kernel)
      self._bands = absent + bands

  def band(self, k: int, low_pass: tf.Tensor) -> tf.Tensor | None:
    """Returns h_k (Equation 6), or b_k - u(x~_{k+1}) in a closed loop."""
    if self.blurred[k] is None:
      return None
    return self._bands[k] if self._bands else self.blurred[k] - low_pass


class _Shared:
  """A tensor with several readers, whose gradients are added in their order.

  TensorFlow adds the gradients of three readers of one tensor in an order that
  differs from trace to trace, and with it the last bits of the sum. Here each
  tensor has two: its reader, and the copy that the next reader takes.
  """

  def __init__(self, value: tf.Tensor):
    self._value = value

  def read(self) -> tf.Tensor:
    """Returns the value, for one reader."""
    value, self._value = self._value, tf.identity(self._value)
    return value


def as_generated(
  k: int, composed: tf.Tensor, blurred: tf.Tensor | None
) -> tf.Tensor:
  """Returns `composed`: the next level refines what the model generated."""
  del k, blurred
  return composed


def generate(
  config: LapCVAEConfig,
  levels: Sequence[LapCVAELevel],
  latent_at: LatentSource,
  batch_size: int | tf.Tensor,
  targets: Targets | None = None,
  finest: int = 0,
  trained: Collection[int] = (),
  differentiate_between_levels: bool = False,
  refined: RefinedSource = as_generated,
  noise_seed: tf.Tensor | None = None,
  scores_pixels: bool = False,
  pixel_seed: tf.Tensor | None = None,
) -> list[LevelOutcome | None]:
  """Generates levels K to `finest`.

  A level with `output='pixelcnn'` is refined as a mean band too, unless one of
  the last two arguments says otherwise.

  Args:
    config: The pyramid.
    levels: All its levels, finest first.
    latent_at: Chooses z_k; called once per level, coarsest first. The posterior
      that it is given is None where `targets` has no band.
    batch_size: Number of images.
    targets: The images to encode; None encodes nothing.
    finest: Last level of the walk.
    trained: The levels whose networks use the statistics of this batch.
    differentiate_between_levels: Whether gradients of a level reach what it
      takes from coarser ones: low-pass image, latents, re-encoded statistics.
    refined: Chooses the image x_k that level k - 1 refines; the generated one
      unless told otherwise.
    noise_seed: int32 `[2]`; selects the noise of levels that add detail. None
      takes the same noise for all images, at every call.
    scores_pixels: Whether outcomes tell the likelihood of true pixels, where
      the level draws pixels. Finer levels then refine the true ones.
    pixel_seed: int32 `[2]`; pixels are drawn with noise of it, and finer levels
      refine them. None draws none.

  Returns:
    The outcome of every level, finest first; None for levels below `finest`.
  """
  hold = tf.identity if differentiate_between_levels else tf.stop_gradient
  outcomes, coarser, reencoded, base = [], [], None, None
  low_pass = cascade.no_low_pass(batch_size, config.sizes[-1])
  for k in reversed(range(finest, config.num_levels)):
    level, training = levels[k], k in trained
    shared = _Shared(low_pass)
    prior = level.prior(reencoded, batch_size, shared.read())
    target = posterior = None
    if targets is not None:
      target = targets.band(k, shared.read())
    if target is not None:
      if level.consistency_steps:
        target = level.kept_to(base, low_pass + target) - low_pass
      posterior = level.posterior(target, shared.read(), training=training)
    latent = latent_at(k, prior, posterior)
    mean, features = level.band_and_features(
      [latent, *coarser], shared.read(), training, base
    )
    noise = level.noise(noise_seed, batch_size)
    band = level.detailed(mean, low_pass, noise, base)
    composed = shared.read() + band
    blurred = None if targets is None else targets.blurred[k]
    scored = blurred if scores_pixels else None
    pixels = pixel_outcomes.of_level(
      level, features, low_pass, mean, scored, pixel_seed
    )
    if pixels.drawn is not None:
      composed, band = pixels.drawn, pixels.drawn - low_pass
    outcome = LevelOutcome(
      latent=latent,
      band=band,
      composed=composed,
      mean=mean,
      low_pass=low_pass,
      base=base,
      coarser=tuple(coarser),
      prior=prior,
      posterior=posterior,
      target=target,
      blurred=blurred,
      pixel_nll=pixels.nll,
    )
    outcomes.insert(0, outcome)
    if k == finest:
      break
    shown = refined(k, composed, blurred)
    if pixels.true is not None:
      shown, band = pixels.true, pixels.true - low_pass
    if levels[k - 1].prior_sees_statistics:
      # Figure 2's dashed arrows; Section 4.3 encodes the generated band so that
      # training and sampling see the same statistics.
      reencoded = Gaussian(*map(hold, level.posterior(band, shared.read())))
    coarser = [hold(latent), *map(tf.identity, coarser)]
    base = hold(shown)
    low_pass = pyramid.upsample(base, config.sizes[k - 1], config.kernel)
  return [None] * finest + outcomes


def autoencode(
  config: LapCVAEConfig,
  levels: Sequence[LapCVAELevel],
  image: tf.Tensor,
  seed: tf.Tensor,
  **options,
) -> list[LevelOutcome | None]:
  """Generates with latents drawn from the posteriors of given images.

  Args:
    config: The pyramid.
    levels: All its levels, finest first.
    image: `[batch, size, size, 3]` in [-1, 1].
    seed: int32 `[2]`; selects the noise of posterior samples and of detail.
    **options: `finest`, `trained`, `differentiate_between_levels`, `refined`
      and `scores_pixels`, as `generate` takes them.

  Returns:
    What `generate` returns.
  """

  def latent_at(k, prior, posterior):
    del prior
    return posterior.sample(tf.random.fold_in(seed, k))

  targets = Targets(config, image)
  return generate(
    config,
    levels,
    latent_at,
    tf.shape(image)[0],
    targets,
    noise_seed=seed,
    **options,
  )


def refined_in_training(
  config: LapCVAEConfig, seed: tf.Tensor
) -> RefinedSource:
  """Returns what `low_pass_source` chooses.

  Args:
    config: The pyramid.
    seed: int32 `[2]`; selects the images of a mixed source.
  """

  if config.low_pass_source == "reconstructed":
    return as_generated

  def refined(k, composed, blurred):
    if config.low_pass_source == "true":
      return blurred
    draws = tf.random.stateless_uniform(
      [tf.shape(composed)[0], 1, 1, 1], tf.random.fold_in(seed, 1000 + k)
    )
    return tf.where(draws < 0.5, blurred, composed)

  return refined
