"""Products of a matrix with one axis of a batch of images."""

import numpy as np
import tensorflow as tf

# Entries above which a matrix for all channels at once is not worth its zeros.
_LARGEST = 2**20


def along_height(image: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
  """Combines rows of pixels.

  Args:
    image: `[batch, height, width, channels]` floats.
    matrix: `[target, height]`.

  Returns:
    `[batch, target, width, channels]`, of the dtype of `image`.
  """
  width, channels = image.shape[2:]
  constant = tf.constant(matrix, image.dtype)
  if channels is None:
    return tf.einsum("oh,bhwc->bowc", constant, image)
  # Whole rows at once: a product of matrices, without transposes.
  rows = tf.reshape(image, (-1, image.shape[1], width * channels))
  product = tf.matmul(constant, rows)
  return tf.reshape(product, (-1, len(matrix), width, channels))


def along_width(image: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
  """Combines columns of pixels.

  Args:
    image: `[batch, height, width, channels]` floats.
    matrix: `[target, width]`.

  Returns:
    `[batch, height, target, channels]`, of the dtype of `image`.
  """
  height, width, channels = image.shape[1:]
  if channels is None or matrix.size * channels**2 > _LARGEST:
    constant = tf.constant(matrix, image.dtype)
    return tf.einsum("ow,bhwc->bhoc", constant, image)
  # The same matrix for every channel, on rows as they lie in memory: its zeros
  # cost less than moving the channels out of the way.
  blocks = tf.constant(np.kron(matrix.T, np.eye(channels)), image.dtype)
  product = tf.matmul(tf.reshape(image, (-1, width * channels)), blocks)
  return tf.reshape(product, (-1, height, len(matrix), channels))
