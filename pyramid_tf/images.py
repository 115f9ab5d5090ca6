"""Conversion between stored uint8 images and the models' floats in [-1, 1]."""

from collections.abc import Mapping

import tensorflow as tf


def of_example(data: tf.Tensor | Mapping[str, tf.Tensor]) -> tf.Tensor:
  """Returns the images of a training step's data, float32 in [-1, 1].

  Args:
    data: Images, or a batch with images under `image`: uint8, or floats that
      are in [-1, 1] already, of any shape.
  """
  image = data["image"] if isinstance(data, Mapping) else data
  image = tf.convert_to_tensor(image)
  if image.dtype.is_floating:
    return tf.cast(image, tf.float32)
  return from_uint8(image)


def from_uint8(images: tf.Tensor) -> tf.Tensor:
  """Converts uint8 0..255 to float32 [-1, 1], any shape."""
  return tf.cast(images, tf.float32) / 127.5 - 1.0


def to_uint8(images: tf.Tensor) -> tf.Tensor:
  """Clips and rounds floats in [-1, 1] to uint8 0..255, any shape."""
  pixels = (tf.cast(images, tf.float32) + 1.0) * 127.5
  return tf.cast(tf.round(tf.clip_by_value(pixels, 0.0, 255.0)), tf.uint8)
