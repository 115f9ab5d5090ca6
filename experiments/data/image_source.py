"""Images of one split before they are decoded."""

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.data.window import Window


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


def windows(source: ImageSource, window: Window) -> tf.data.Dataset:
  """Cuts the window from every image that can be read and contains it.

  Returns:
    The examples of `source.dataset`, with the `height` and `width` of the
    source image and the window as `image`, uint8 `[size, size, 3]`. It is black
    where there was a problem or the window does not fit.
  """

  def cut(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    image = example["image"]
    shape = tf.shape(image)
    height, width = shape[0], shape[1]
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
