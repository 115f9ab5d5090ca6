"""New detail for an image whose coarse level was changed (Section 5.2).

Painting changes a coarse level, and finer levels are drawn to go with it
(Figure 1). A selected region keeps the coarse levels of the image as they are
(Figure 9): that is `LapCVAE.resample`. Either way whole images are drawn, and
the caller composes the region of interest with the original or its
reconstruction.
"""

from collections.abc import Callable

import tensorflow as tf

from lapcvae_tf import walk
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE


def draw_from_given(
  model: LapCVAE,
  coarse: tf.Tensor,
  level: int,
  seed: tf.Tensor,
  temperature: float | tf.Tensor = 1.0,
  finest: int = 0,
) -> list[tf.Tensor]:
  """Draws finer detail for given coarse images, which stay as they are.

  Not in the paper, whose finer levels refine what the model makes of a painting
  (`draw_from_coarse`). Here level - 1 refines u(coarse) itself. Coarser latents
  are the posterior means of the given image, for decoders that read them.

  Args:
    model: A trained model.
    coarse: b_level, painted or not, `[batch, size_level, size_level, 3]` in
      [-1, 1]. Repeat an image to have several variations of it.
    level: The level of `coarse`; 0 returns it.
    seed: int32 `[2]`; each image has noise of its own.
    temperature: Scale of the drawn levels' noise.
    finest: The last level that is drawn.

  Returns:
    x~_finest, ..., x~_level, not clipped; the last is `coarse`.

  Raises:
    ValueError: If `level` is no level of the model.
  """
  drawn = _drawn(model, coarse, level, seed, temperature, finest, _given(level))
  return [*drawn[: level - finest], coarse]


def draw_from_coarse(
  model: LapCVAE,
  coarse: tf.Tensor,
  level: int,
  seed: tf.Tensor,
  temperature: float | tf.Tensor = 1.0,
  finest: int = 0,
) -> list[tf.Tensor]:
  """Draws images that go with painted coarse images.

  The painted image is decomposed like any other; levels K to `level` take the
  posterior means of its bands, finer ones are drawn.

  Args:
    model: A trained model.
    coarse: b_level, painted, `[batch, size_level, size_level, 3]` in [-1, 1].
      Repeat an image to have several variations of it.
    level: The painted level; 0 reconstructs.
    seed: int32 `[2]`; each image has noise of its own.
    temperature: Scale of the drawn levels' noise.
    finest: The last level that is drawn.

  Returns:
    x~_finest, ..., x~_K, not clipped: the first is the result, x~_level what
    the model made of the painting.

  Raises:
    ValueError: If `level` is no level of the model.
  """
  return _drawn(model, coarse, level, seed, temperature, finest)


def draw_to_fit(
  model: LapCVAE,
  coarse: tf.Tensor,
  level: int,
  image: tf.Tensor,
  region: tf.Tensor,
  seed: tf.Tensor,
  temperature: float = 1.0,
  steps: int = 60,
  rate: float = 0.1,
  given: bool = False,
) -> list[tf.Tensor]:
  """Like `draw_from_coarse`, but detail also fits the image around a region.

  Not in the paper, which draws finer latents from their priors, whatever the
  image shows outside of the region. Here all z_k = m_k + s_k e_k minimise

    |outside * (x + v n - x~_0)|^2 / (2 v^2) + sum_k |e_k - r_k|^2 / 2

  with N(m_k, s_k) the prior of a level finer than the painted one, and the
  posterior of the painted level and coarser ones, so that the painting is held
  as firmly as the encoder knows it; v the model's own noise at the finest
  level; and n, r_k ~ N(0, 1) times the temperature. At temperature 0 that is
  the most probable image; at 1, were the model linear, it would be a draw from
  the posterior given the image outside (randomize-then-optimize, Bardsley et
  al., 2014).

  Args:
    model: A trained model.
    coarse: b_level, painted, `[batch, size_level, size_level, 3]` in [-1, 1].
    level: The painted level, from 1 to K.
    image: The unpainted image, `[batch, size, size, 3]` in [-1, 1].
    region: Where `image` does not count, `[batch, size, size]`, 1 inside.
    seed: int32 `[2]`; equal seeds give equal images.
    temperature: Scale of the randomness.
    steps: Number of steps that Adam takes.
    rate: Learning rate of Adam's first step; it falls to zero.
    given: Whether finer levels refine `coarse` itself, as in `draw_from_given`.

  Returns:
    x~_0, ..., x~_K, not clipped.

  Raises:
    ValueError: If `level` is no level of the model, or leaves none to draw.
  """
  config = model.config
  _check_level(config, level, finest=1)
  batch = tf.shape(coarse)[0]
  targets = walk.Targets(config, coarse, level)
  finest = model.level_models[0]
  variance = 1.0
  if finest.noise_variance is not None:
    variance = tf.convert_to_tensor(finest.noise_variance)
  outside = 1.0 - region[..., None]
  noise = tf.random.stateless_normal(
    tf.shape(image), tf.random.fold_in(seed, 99)
  )
  goal = image + temperature * tf.sqrt(variance) * noise
  anchors = [
    temperature
    * tf.random.stateless_normal(
      [batch, settings.latent_dim], tf.random.fold_in(seed, k)
    )
    for k, settings in enumerate(config.levels)
  ]

  def composed(whitened):
    def latent_at(k, prior, posterior):
      around = prior if posterior is None else posterior
      return around.mean + around.standard_deviation * whitened[k]

    outcomes = walk.generate(
      config,
      model.level_models,
      latent_at,
      batch,
      targets,
      differentiate_between_levels=True,
      refined=_given(level) if given else walk.as_generated,
      noise_seed=seed,
    )
    return [outcome.composed for outcome in outcomes]

  def gradients(whitened):
    with tf.GradientTape() as tape:
      tape.watch(whitened)
      error = outside * (goal - composed(whitened)[0])
      loss = 0.5 * tf.reduce_sum(tf.square(error)) / variance
      loss += 0.5 * tf.add_n(
        [
          tf.reduce_sum(tf.square(e - r))
          for e, r in zip(whitened, anchors, strict=True)
        ]
      )
    return tape.gradient(loss, whitened)

  return composed(_minimised(gradients, anchors, steps, rate))


def _drawn(
  model: LapCVAE,
  coarse: tf.Tensor,
  level: int,
  seed: tf.Tensor,
  temperature: float | tf.Tensor,
  finest: int,
  refined: walk.RefinedSource = walk.as_generated,
) -> list[tf.Tensor]:
  _check_level(model.config, level, finest)
  targets = walk.Targets(model.config, coarse, level)

  def latent_at(k, prior, posterior):
    if posterior is None:
      return prior.sample(tf.random.fold_in(seed, k), temperature)
    return posterior.mean

  outcomes = walk.generate(
    model.config,
    model.level_models,
    latent_at,
    tf.shape(coarse)[0],
    targets,
    finest,
    refined=refined,
    noise_seed=seed,
  )
  return [outcome.composed for outcome in outcomes[finest:]]


def _given(level: int) -> walk.RefinedSource:
  """Makes level - 1 refine the image of `level` that the walk was given."""

  def refined(k, composed, blurred):
    return blurred if k == level else composed

  return refined


def _check_level(config: LapCVAEConfig, level: int, finest: int) -> None:
  last = config.num_levels - 1
  if not finest <= level <= last:
    raise ValueError(
      f"The painted level is one of {finest} (finest) to {last}, got {level}."
    )


def _minimised(
  gradients: Callable[[list[tf.Tensor]], list[tf.Tensor]],
  start: list[tf.Tensor],
  steps: int,
  rate: float,
) -> list[tf.Tensor]:
  """Runs Adam from `start` in one compiled loop; images do not mix in it."""

  # AutoGraph makes one loop of the graph of the steps below.
  @tf.function(autograph=True)
  def run(start):
    values = list(start)
    first = [tf.zeros_like(value) for value in values]
    second = [tf.zeros_like(value) for value in values]
    for step in tf.range(1, steps + 1):
      t = tf.cast(step, tf.float32)
      # The last steps are small, so that the end does not depend on them.
      size = rate * (1.0 - (t - 1.0) / steps)
      slopes = gradients(values)
      first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
      second = [
        0.999 * v + 0.001 * tf.square(g)
        for v, g in zip(second, slopes, strict=True)
      ]
      values = [
        x - size * (m / (1.0 - 0.9**t)) / (tf.sqrt(v / (1.0 - 0.999**t)) + 1e-8)
        for x, m, v in zip(values, first, second, strict=True)
      ]
    return values

  return run(start)
