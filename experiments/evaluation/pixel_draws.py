"""What drawn pixels score, beside mean bands."""

import numpy as np
import tensorflow as tf

from experiments import families
from experiments.data.batches import Split
from experiments.measures import metrics
from pyramid_tf import images

# A draw of one image of 64 pixels takes a second on a core.
_DRAWN_IMAGES = 16
_DRAWS = 8
_SCORED_IMAGES = 1000
_SEED = 6


def figures(model: tf.keras.Model, test: Split) -> dict[str, float]:
  """Returns the bound of the bits, and errors of drawn reconstructions.

  Args:
    model: A model that draws pixels.
    test: The images: the first 1,000 for the bits, the first 16 to draw.

  Returns:
    `rmse_one_draw` and `rmse_mean_of_draws`, of one and of the mean of eight
    draws of pixels given posterior means, in grey levels; and `bits_per_dim`,
    in bits, with its `kl` in nats, and that of each latent where the family
    tells it, if the finest level draws pixels.
  """
  count = min(_DRAWN_IMAGES, test.num_images)
  image = images.from_uint8(test.images(0, count))
  draw = tf.function(model.reconstruct_pixels, autograph=False)
  draws = [draw(image, tf.constant([_SEED, i])) for i in range(_DRAWS)]
  report = {
    "rmse_one_draw": float(np.mean(metrics.rmse(image, draws[0]))),
    "rmse_mean_of_draws": float(
      np.mean(metrics.rmse(image, tf.add_n(draws) / len(draws)))
    ),
  }
  if model.config.bounds_bits:
    scores = families.of(model.config).scores(model, _SEED)
    cascade = scores.figures(test, _SCORED_IMAGES)["cascade"]
    report |= {
      name: value
      for name, value in cascade.items()
      if name == "bits_per_dim" or name.startswith("kl")
    }
  return report
