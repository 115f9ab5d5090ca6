"""Figures of images against images."""

import numpy as np
import tensorflow as tf


def rmse(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Root mean squared error of each image, in grey levels of 0 to 255.

  Table 1 of Dorta et al. (2017) reports mean and standard deviation over images
  of this. The reconstruction is clipped to the range of images first.

  Args:
    image: `[batch, height, width, channels]` in [-1, 1].
    reconstruction: The same shape.

  Returns:
    float64 `[batch]`.
  """
  image = np.asarray(image, np.float64)
  clipped = np.clip(np.asarray(reconstruction, np.float64), -1.0, 1.0)
  return 127.5 * np.sqrt(np.mean(np.square(image - clipped), axis=(1, 2, 3)))
