"""The square cut from an image, and how it is brought to a model's size.

Training, reconstruction and editing cut with this code, so that the same
photograph has the same pixels everywhere.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image

from experiments.config import data_config
from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class Window:
  """A square of an image and the size it is resized to.

  Attributes:
    size: The side of the result in pixels.
    crop: The side of the square in pixels of the image; None takes the largest.
    top: The first row of the square; None centres it.
    left: The first column of the square; None centres it.
  """

  size: int
  crop: int | None = None
  top: int | None = None
  left: int | None = None

  @classmethod
  def of(cls, config: data_config.DataConfig) -> "Window":
    """Returns the window that a configuration asks for."""
    crop, top = config.crop, config.crop_top
    if config.name == "celeb_a":
      crop = 148 if crop is None else crop
      top = 40 if crop == 148 and top is None else top
    return cls(
      size=config.stored_size, crop=crop, top=top, left=config.crop_left
    )

  @classmethod
  def for_model(
    cls,
    config: data_config.DataConfig,
    training_crop: bool = False,
    box: tuple[int, int, int] | None = None,
  ) -> "Window":
    """Returns the window that a trained model sees of a photograph.

    Args:
      config: The images that the model was trained on.
      training_crop: Whether to cut the window that these had, instead of the
        largest centred square.
      box: The left column, top row and side of a square in pixels of the
        photograph, which is cut instead of either.
    """
    if box is not None:
      left, top, side = box
      return cls(size=config.size, crop=side, top=top, left=left)
    if training_crop:
      return dataclasses.replace(cls.of(config), size=config.size)
    return cls(size=config.size)

  def place(self, height, width):
    """Returns the side, top row and left column within an image.

    Takes integers or integer tensors; returns the same.
    """
    if self.crop is not None:
      side = self.crop
    elif isinstance(height, tf.Tensor):
      side = tf.minimum(height, width)
    else:
      side = min(height, width)
    top = (height - side) // 2 if self.top is None else self.top
    left = (width - side) // 2 if self.left is None else self.left
    return side, top, left

  def fits(self, height, width):
    """Returns whether the window lies in an image; in types like `place`."""
    side, top, left = self.place(height, width)
    # `&`, unlike `and`, works for tensors too; a centred window that is too
    # large starts before the first row.
    return (
      (top >= 0) & (left >= 0) & (top + side <= height) & (left + side <= width)
    )

  def cut(self, image: tf.Tensor) -> tf.Tensor:
    """Cuts the window out of one image and resizes it.

    Args:
      image: uint8 `[height, width, channels]`, large enough.

    Returns:
      uint8 `[size, size, channels]`: the very pixels of the window if it has
      that size, otherwise resized with an antialiased triangle filter and
      rounded.
    """
    shape = tf.shape(image)
    side, top, left = self.place(shape[0], shape[1])
    square = image[top : top + side, left : left + side]
    result = tf.cond(
      tf.equal(side, self.size), lambda: square, lambda: self._resize(square)
    )
    return tf.ensure_shape(result, (self.size, self.size, image.shape[-1]))

  def _resize(self, square: tf.Tensor) -> tf.Tensor:
    resized = tf.image.resize(square, (self.size, self.size), antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)

  def placed(self, height: int, width: int) -> "PlacedWindow":
    """Returns the window within images of one size.

    Raises:
      UserError: If it does not lie inside of them.
    """
    side, top, left = self.place(height, width)
    if side < 1 or not self.fits(height, width):
      raise errors.UserError(
        f"The window of {side} pixels at ({left}, {top}) does not lie inside "
        f"the image of {width}x{height}; choose another "
        "box (LEFT,TOP,SIDE)."
      )
    return PlacedWindow(side, top, left)


class PlacedWindow(NamedTuple):
  """A square within images of one size, in their pixels."""

  side: int
  top: int
  left: int

  def view(self, image: np.ndarray) -> np.ndarray:
    """The square of an array `[height, width, ...]`, sharing its memory."""
    bottom, right = self.top + self.side, self.left + self.side
    return image[self.top : bottom, self.left : right]

  def pasted(self, image: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Returns a copy of an image with a picture in the window.

    The one place where a model's picture is brought to a photograph's size, by
    Lanczos' filter: what the model made is seen at its smoothest.

    Args:
      image: uint8 `[height, width, 3]`.
      picture: uint8 `[size, size, 3]`.
    """
    result = image.copy()
    if len(picture) != self.side:
      scaled = Image.fromarray(picture).resize(
        (self.side, self.side), Image.Resampling.LANCZOS
      )
      picture = np.asarray(scaled)
    self.view(result)[:] = picture
    return result

  def spread(self, cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Returns a mask of an image in which square cells cover the window.

    Args:
      cells: uint8 `[size, size]`.
      shape: Height and width of the image.
    """
    result = np.zeros(shape, cells.dtype)
    index = np.arange(self.side) * len(cells) // self.side
    self.view(result)[:] = cells[np.ix_(index, index)]
    return result
