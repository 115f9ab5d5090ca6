"""Images to train and test on: the one entry to all datasets.

Decoding, cropping and resizing happen once, into a cache on disk, unless the
training images are to be streamed. Everything after that is uint8 and runs on
whole batches; the conversion to [-1, 1] and the pyramid belong to the training
step.
"""

import dataclasses
import functools
import os
import pathlib

from experiments.config import data_config
from experiments.data import (
  batches,
  folder_images,
  image_source,
  streaming,
  tfds_sources,
)
from experiments.data.cache import image_cache, roots
from experiments.data.window import Window
from experiments.system import errors

DatasetUnavailable = data_config.DatasetUnavailable


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageData:
  """A dataset, ready to be read.

  Attributes:
    name: The name in the configuration.
    train: The images to train on.
    test: The images to test on.
    validation: The images that a training chooses by: the test images, unless
      the configuration holds some of the training images out.
    class_names: The names of the labels in order, None without classes.
  """

  name: str
  train: batches.Split | streaming.StreamedSplit
  test: batches.Split
  validation: batches.Split
  class_names: tuple[str, ...] | None

  def check_batch_size(self, batch_size: int) -> None:
    """Refuses batches that would show an image more than once.

    Args:
      batch_size: The number of images per step over all replicas.

    Raises:
      UserError: If there are fewer training images than that.
    """
    if batch_size > self.train.num_images:
      raise errors.UserError(
        f"{self.name} has {self.train.num_images} training images, and a batch "
        f"may hold each of them once, got training.batch_size={batch_size}. "
        f"Set training.batch_size to at most {self.train.num_images}, or add "
        "images."
      )


def load(
  config: data_config.DataConfig,
  data_dir: str | None = None,
  cache_dir: str | None = None,
  download: bool = False,
  draw_faces: bool = True,
) -> ImageData:
  """Loads a dataset; the first time, its images are decoded into the cache.

  Splits: `celeb_a` trains on `train` and tests on `validation` and `test`,
  `stl10` trains on `unlabelled`, `lsun` tests on `validation`; for folders see
  `folder_layout`.

  Args:
    config: The dataset, and the size of its images.
    data_dir: The folder of datasets prepared by TFDS; None for TFDS's own. A
      leading `~` stands for the user's home here and in `cache_dir`.
    cache_dir: The folder for decoded images; None for `laplacian_pyramids` in
      the user's cache folder. A temporary one takes its place if neither the
      images are there nor it can be written to.
    download: Whether a missing dataset may be downloaded.
    draw_faces: Whether `faces` that are not there may be drawn, which takes
      minutes.

  Raises:
    DatasetUnavailable: If the images are not there or cannot be read, the crop
      does not lie inside an image, or the disk is full.
  """
  try:
    return _load(config, data_dir, cache_dir, download, draw_faces)
  except OSError as error:
    message = error.strerror or str(error)
    if error.filename is not None:
      message = f"{message}: {os.fsdecode(error.filename)}."
    raise DatasetUnavailable(message) from error
  except ValueError as error:
    raise DatasetUnavailable(str(error)) from error


def _load(
  config: data_config.DataConfig,
  data_dir: str | None,
  cache_dir: str | None,
  download: bool,
  draw_faces: bool,
) -> ImageData:
  root = roots.default_root()
  if cache_dir is not None:
    root = pathlib.Path(cache_dir).expanduser()
  if data_dir is not None:
    data_dir = os.path.expanduser(data_dir)
  if config.folder is not None:
    train, test, class_names = folder_images.sources(config.folder)
  else:
    train, test, class_names = tfds_sources.sources(
      config, data_dir, root, download, draw_faces
    )
  window = Window.of(config)
  open_split = functools.partial(
    image_cache.open_split,
    window=window,
    root=root,
    max_unreadable=config.max_unreadable,
    horizontal_flip=config.horizontal_flip,
  )
  held_out = None
  if config.stream:
    trained = _streamed(config, window, train)
    if config.holdout:
      held_out = open_split(train, limit=config.holdout)
  else:
    trained = open_split(train, limit=config.train_limit)
    left = trained.num_images - config.holdout
    if left < 1:
      raise ValueError(
        f"holdout={config.holdout} leaves none of {trained.num_images} "
        "training images; set data.holdout to fewer, or to 0."
      )
    if config.holdout:
      held_out = trained.part(left, trained.num_images)
      trained = trained.part(0, left)
  tested = open_split(test, limit=config.test_limit)
  validation = held_out or tested
  if config.corner_crops_of:
    trained = trained.corner_crops(config.size)
    tested, validation = (
      split.centre_crops(config.size) for split in (tested, validation)
    )
  return ImageData(
    name=config.name,
    train=trained,
    test=tested,
    validation=validation,
    class_names=class_names,
  )


def _streamed(
  config: data_config.DataConfig,
  window: Window,
  source: image_source.ImageSource,
) -> streaming.StreamedSplit:
  """Streams all files but those with the first images, which are held out."""
  if source.records is None:
    raise ValueError(
      f"{source.place} is not in TFRecord files, so it cannot be streamed; use "
      "data.stream=False, or prepare it in that format."
    )
  return streaming.StreamedSplit(
    source.records.without_first(config.holdout),
    window,
    source.has_labels,
    config.horizontal_flip,
    config.stream_buffer,
  )
