"""New detail for an image of which a coarse level was changed (Section 5.2).

Painting changes a coarse level, and finer levels are drawn to go with it
(Figure 1). A selected region keeps the coarse levels of the image as they are
(Figure 9): that is `LapCVAE.resample`. Either way whole images are drawn, and
the caller composes the region of interest with the original or its
reconstruction.
"""

import tensorflow as tf

from lapcvae_tf import walk
from lapcvae_tf.model import LapCVAE


def draw_from_coarse(
  model: LapCVAE,
  coarse: tf.Tensor,
  level: int,
  seed: tf.Tensor,
  temperature: float | tf.Tensor = 1.0,
) -> dict[int, tf.Tensor]:
  """Images that go with painted coarse images.

  The painted image is decomposed like any other; levels K to `level` take the
  posterior means of its bands, finer ones are drawn.

  Args:
    model: A trained model.
    coarse: b_level, painted, `[batch, size_level, size_level, 3]` in [-1, 1].
      Repeat an image to have several variations of it.
    level: The painted level; 0 reconstructs.
    seed: int32 `[2]`; each image has noise of its own.
    temperature: Scale of the drawn levels' noise.

  Returns:
    `{k: x~_k}` of every level, not clipped; `x~_level` is what the model made
    of the painting, `x~_0` the result.

  Raises:
    ValueError: If `level` is no level of the model.
  """
  levels = model.config.num_levels
  if not 0 <= level < levels:
    raise ValueError(
      f"The painted level is one of 0 (finest) to {levels - 1}, got {level}."
    )
  targets = walk.Targets(model.config, coarse, level)

  def latent_at(k, low_pass, prior):
    if k < level:
      return prior.sample(tf.random.fold_in(seed, k), temperature)
    target = targets.band(k, low_pass)
    return model.level_models[k].posterior(target, low_pass).mean

  composed, _ = walk.generate(
    model.config, model.level_models, latent_at, tf.shape(coarse)[0]
  )
  return composed
