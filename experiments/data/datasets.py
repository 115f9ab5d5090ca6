"""Images to train and test on: the one entry to all datasets.

Decoding, cropping and resizing happen once, into a cache on disk, unless the
training images are to be streamed. Everything after that is uint8 and runs on
whole batches; the conversion to [-1, 1] and the pyramid belong to the training
step.
"""

import dataclasses
import os
import pathlib
from collections.abc import Callable

from experiments.config import data_config
from experiments.data import (
  batches,
  folder_images,
  image_source,
  streaming,
  tfds_sources,
)
from experiments.data.cache import image_cache, roots
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
) -> ImageData:
  """Loads a dataset; the first time, its images are decoded into the cache.

  Splits: `celeb_a` trains on `train` and tests on `validation` and `test`,
  `stl10` trains on `unlabelled`, `lsun` tests on `validation`; for folders see
  `folder_images`.

  Args:
    config: The dataset, and the size of its images.
    data_dir: The folder of datasets prepared by TFDS; None for TFDS's own. A
      leading `~` stands for the user's home here and in `cache_dir`.
    cache_dir: The folder for decoded images; None for `laplacian_pyramids` in
      the user's cache folder. A temporary one takes its place if neither the
      images are there nor it can be written to.
    download: Whether a missing dataset may be downloaded.

  Raises:
    DatasetUnavailable: If the images are not there or cannot be read, the crop
      does not lie inside an image, or the disk is full.
  """
  try:
    return _load(config, data_dir, cache_dir, download)
  except OSError as error:
    message = error.strerror or str(error)
    raise DatasetUnavailable(message) from error
  except ValueError as error:
    raise DatasetUnavailable(str(error)) from error


def _load(
  config: data_config.DataConfig,
  data_dir: str | None,
  cache_dir: str | None,
  download: bool,
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
      config, data_dir, root, download
    )
  window = image_source.Window.of(config)

  def open_split(
    source: image_source.ImageSource, limit: int | None
  ) -> batches.Split:
    return image_cache.open_split(
      source,
      window,
      root,
      limit=limit,
      max_unreadable=config.max_unreadable,
      horizontal_flip=config.horizontal_flip,
    )

  if config.stream:
    return _streamed(config, window, train, test, class_names, open_split)
  train = open_split(train, config.train_limit)
  test = open_split(test, config.test_limit)
  if config.holdout >= train.num_images:
    raise ValueError(
      f"holdout={config.holdout} leaves none of {train.num_images} training "
      "images; set data.holdout to fewer, or to 0."
    )
  trained = train.num_images - config.holdout
  validation = test
  if config.holdout:
    validation = train.part(trained, train.num_images)
    train = train.part(0, trained)
  if config.corner_crops_of:
    train = train.corner_crops(config.size)
    test, validation = (
      split.centre_crops(config.size) for split in (test, validation)
    )
  return ImageData(
    name=config.name,
    train=train,
    test=test,
    validation=validation,
    class_names=class_names,
  )


def _streamed(
  config: data_config.DataConfig,
  window: image_source.Window,
  train: image_source.ImageSource,
  test: image_source.ImageSource,
  class_names: tuple[str, ...] | None,
  open_split: Callable[[image_source.ImageSource, int | None], batches.Split],
) -> ImageData:
  """Streams the training images; only held out ones, the first, are cached."""
  if train.records is None:
    raise ValueError(
      f"{train.place} is not in TFRecord files, so it cannot be streamed; use "
      "data.stream=False, or prepare it in that format."
    )
  records = train.records.without_first(config.holdout)
  test = open_split(test, config.test_limit)
  return ImageData(
    name=config.name,
    train=streaming.StreamedSplit(
      records,
      window,
      train.has_labels,
      config.horizontal_flip,
      config.stream_buffer,
    ),
    test=test,
    validation=open_split(train, config.holdout) if config.holdout else test,
    class_names=class_names,
  )
