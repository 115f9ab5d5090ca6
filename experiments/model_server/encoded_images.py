"""Image files inside of requests and answers, in base64.

A picture that is sent is cut to a square and resized as in training, editing
and everywhere else, by `data.window`.
"""

import base64
import binascii
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.data_config import DataConfig
from experiments.data import image_decoding
from experiments.data.window import Window
from experiments.editing import json_values
from experiments.model_server.tensors import RefusedError
from pyramid_tf import images

MAX_PIXELS = 24_000_000
"""The most pixels of a picture that is sent."""

CROPS = ("square", "training")


def window(size: int, data: DataConfig | None, crop: str) -> Window:
  """Returns the square that a model sees of pictures.

  Args:
    size: The side of the model's images.
    data: The images that it was trained on, if that is known.
    crop: One of `CROPS`: the largest centred square, or what the training
      images were cut to.

  Raises:
    RefusedError: If the crop is not known.
  """
  if crop not in CROPS:
    raise RefusedError(f"crop is one of {', '.join(CROPS)}; got {crop!r:.80}.")
  if crop == "square":
    return Window(size=size)
  if data is None:
    raise RefusedError(
      "crop=training needs the run that the model was exported from, which "
      "this server does not have. Leave it out."
    )
  return Window.for_model(data, training_crop=True)


def decoded(name: str, files: list[Any], square: Window) -> np.ndarray:
  """Decodes pictures.

  Args:
    name: The input, for messages.
    files: Bytes of files, or their text in base64.
    square: What is cut of each.

  Returns:
    float32 `[batch, size, size, 3]` in [-1, 1].

  Raises:
    RefusedError: If one cannot be read.
  """
  return np.stack(
    [_decoded(f"{name}[{i}]", f, square) for i, f in enumerate(files)]
  )


def _decoded(name: str, file: Any, square: Window) -> np.ndarray:
  try:
    if isinstance(file, str):
      file = base64.b64decode(file, validate=True)
    elif not isinstance(file, bytes):
      raise ValueError("it is no text in base64")
    image_decoding.check_header(file, MAX_PIXELS)
    pixels = image_decoding.decode_rgb(file)
  except binascii.Error as error:
    raise RefusedError(f"{name} is no base64: {error}.") from error
  except ValueError as error:
    raise RefusedError(f"{name} cannot be read: {error}.") from error
  height, width = pixels.shape[:2]
  if not square.fits(height, width):
    raise RefusedError(
      f"{name} is {width}x{height}, smaller than the training window; leave "
      "out crop=training."
    )
  return images.from_uint8(square.cut(tf.constant(pixels))).numpy()


def encoded(batch: np.ndarray) -> list[dict[str, str]]:
  """Returns float images in [-1, 1] as PNG files, `{"b64": ...}` each."""
  pixels = images.to_uint8(batch).numpy()
  return [{"b64": json_values.base64_png(image)} for image in pixels]
