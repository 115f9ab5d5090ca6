"""Between stored uint8 images and the floats in [-1, 1] of the models."""

import tensorflow as tf


def from_uint8(images: tf.Tensor) -> tf.Tensor:
  """uint8 0..255 -> float32 [-1, 1], any shape."""
  return tf.cast(images, tf.float32) / 127.5 - 1.0


def to_uint8(images: tf.Tensor) -> tf.Tensor:
  """Floats in [-1, 1] -> uint8 0..255, clipped and rounded, any shape."""
  pixels = (tf.cast(images, tf.float32) + 1.0) * 127.5
  return tf.cast(tf.round(tf.clip_by_value(pixels, 0.0, 255.0)), tf.uint8)
