"""Images of a split before they are decoded, and the window cut from them."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config import data_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class Records:
  """Examples in files of serialised strings.

  Attributes:
    files: The TFRecord files, each of which is read from its start.
    counts: The number of examples in each file.
    parse: A function that turns a string into an example of the form that
      `ImageSource.dataset` has.
  """

  files: Sequence[str]
  counts: Sequence[int]
  parse: Callable[[tf.Tensor], Mapping[str, tf.Tensor]]

  def without_first(self, count: int) -> "Records":
    """Leaves out the files that hold any of the first `count` examples.

    Raises:
      ValueError: If no file is left.
    """
    first = int(np.searchsorted(np.cumsum(self.counts), count)) + 1
    if not count:
      return self
    if first >= len(self.files):
      raise ValueError(
        f"Streamed images are held out by whole files, and the first {count} "
        f"lie in all {len(self.files)} of them; set data.holdout to fewer."
      )
    return dataclasses.replace(
      self, files=self.files[first:], counts=self.counts[first:]
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageSource:
  """The origin of the images of one split.

  Attributes:
    name: A name that can be part of a file name, such as `celeb_a-train`.
    identity: Everything the pixels depend on, in values that JSON can hold.
    num_images: The number of images to expect at most, None if unknown.
    dataset: A function that makes the dataset. Its examples have `image`, uint8
      `[height, width, 3]`; `name`, a string; `problem`, a string that is empty
      unless the image could not be read; and, if `has_labels`, `label`, int64
      `[]`.
    has_labels: Whether the images have classes.
    place: The place of the images, for messages.
    records: The same images as files of serialised examples, if they are in
      such files and can be streamed.
  """

  name: str
  identity: dict[str, Any]
  num_images: int | None
  dataset: Callable[[], tf.data.Dataset]
  has_labels: bool
  place: str
  records: Records | None = None


Sources = tuple[ImageSource, ImageSource, tuple[str, ...] | None]
"""The training images, the test images and the class names of a dataset."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Window:
  """The square cut from an image, and the size it is brought to.

  Attributes:
    size: Side of the result in pixels.
    crop: Side of the window in pixels of the source, None for the largest.
    top: First row, None to centre.
    left: First column, None to centre.
  """

  size: int
  crop: int | None = None
  top: int | None = None
  left: int | None = None

  @classmethod
  def of(cls, config: data_config.DataConfig) -> "Window":
    """The window that a configuration asks for."""
    crop, top = config.crop, config.crop_top
    if config.name == "celeb_a":
      crop = 148 if crop is None else crop
      top = 40 if crop == 148 and top is None else top
    return cls(
      size=config.stored_size, crop=crop, top=top, left=config.crop_left
    )

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
    """Whether the window lies inside an image; as `place` in types."""
    side, top, left = self.place(height, width)
    # `&`, unlike `and`, works for tensors too; a centred window that is too
    # large starts before the first row.
    return (
      (top >= 0) & (left >= 0) & (top + side <= height) & (left + side <= width)
    )

  def cut(self, image: tf.Tensor) -> tf.Tensor:
    """Cuts the window out of one image and resizes it.

    Args:
      image: uint8 `[height, width, 3]`, large enough.

    Returns:
      uint8 `[size, size, 3]`: the very pixels of the window if it has that
      size, otherwise resized with an antialiased triangle filter and rounded.
    """
    side, top, left = self.place(*_height_and_width(image))
    square = image[top : top + side, left : left + side]
    result = tf.cond(
      tf.equal(side, self.size), lambda: square, lambda: self._resize(square)
    )
    return tf.ensure_shape(result, (self.size, self.size, 3))

  def _resize(self, square: tf.Tensor) -> tf.Tensor:
    resized = tf.image.resize(square, (self.size, self.size), antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8)


def windows(source: ImageSource, window: Window) -> tf.data.Dataset:
  """Cuts the window from every image that can be read and contains it.

  Returns:
    The examples of `source.dataset`, with the `height` and `width` of the
    source image and the window as `image`, uint8 `[size, size, 3]`. It is black
    where there was a problem or the window does not fit.
  """

  def cut(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    image = example["image"]
    height, width = _height_and_width(image)
    usable = (example["problem"] == "") & window.fits(height, width)
    black = tf.zeros((window.size, window.size, 3), tf.uint8)
    result = dict(example, height=height, width=width)
    result["image"] = tf.cond(usable, lambda: window.cut(image), lambda: black)
    return result

  return source.dataset().map(
    cut, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
  )


def printable(path: str | bytes) -> str:
  """Returns a path as valid Unicode, even if its name is not UTF-8."""
  return os.fsencode(path).decode("utf-8", "backslashreplace")


def _height_and_width(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
  shape = tf.shape(image)
  return shape[0], shape[1]
