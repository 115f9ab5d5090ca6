"""Training and test images from TensorFlow Datasets."""

import contextlib
import importlib.util
import io
import pathlib
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds
from absl import logging

from experiments.config import data_config
from experiments.data import image_source
from experiments.data.cache import roots

# Each row has the training split, the test split, and the host of the files.
_SPLITS = {
  "faces": ("train", "test", None),
  "celeb_a": ("train", "validation+test", "drive.google.com"),
  "cifar10": ("train", "test", "www.cs.toronto.edu"),
  "stl10": ("unlabelled", "test", "ai.stanford.edu"),
  "lsun": ("train", "validation", "dl.yf.io"),
}
_PROBE_SECONDS = 3.0
_PREPARED = "tensorflow_datasets"
_AT_ONCE = "These work at once: faces, folder:PATH."


def sources(
  config: data_config.DataConfig,
  data_dir: str | None,
  cache_root: pathlib.Path,
  download: bool,
  draw_faces: bool = True,
) -> image_source.Sources:
  """Returns the images and classes of a dataset.

  Args:
    config: The configuration that names the dataset.
    data_dir: The folder of prepared datasets; None for TFDS's own.
    cache_root: The folder in which `faces` are prepared where `data_dir` is not
      writable.
    download: Whether a missing dataset may be downloaded and prepared.
    draw_faces: Whether `faces` may be drawn if they are not prepared.

  Raises:
    DatasetUnavailable: If the dataset is neither there nor obtainable. The
      network is probed first, so this takes seconds.
  """
  family = config.name.split("/")[0]
  train, test, host = _SPLITS[family]
  if family == "faces":
    builder = _faces(config, data_dir, cache_root, draw_faces)
  else:
    builder = tfds.builder(config.name, data_dir=data_dir)
    if not builder.is_prepared():
      _prepare(builder, host, download)
  class_names = None
  if "label" in builder.info.features:
    class_names = tuple(builder.info.features["label"].names)
  return _source(builder, train), _source(builder, test), class_names


def _source(
  builder: tfds.core.DatasetBuilder, split: str
) -> image_source.ImageSource:
  # STL-10's unlabelled images carry the label -1.
  has_labels = "label" in builder.info.features and split != "unlabelled"
  parts = split.split("+")
  known = [
    builder.info.splits[part] for part in parts if part in builder.info.splits
  ]
  num_images = sum(info.num_examples for info in known) if known else None
  full_name = builder.info.full_name

  def dataset() -> tf.data.Dataset:
    return builder.as_dataset(
      split=split,
      # Files are read one at a time, so that the order is that of any machine.
      read_config=tfds.ReadConfig(
        interleave_cycle_length=1, try_autocache=False
      ),
    ).map(example, num_parallel_calls=tf.data.AUTOTUNE)

  def example(features: Mapping[str, tf.Tensor]) -> dict[str, Any]:
    result = {"image": features["image"], "name": "an image", "problem": ""}
    if has_labels:
      result["label"] = features["label"]
    return result

  return image_source.ImageSource(
    name=f"{full_name.replace('/', '_')}-{parts[0]}",
    identity={
      "dataset": full_name,
      "split": split,
      "contents": [[info.num_examples, info.num_bytes] for info in known],
    },
    num_images=num_images,
    dataset=dataset,
    has_labels=has_labels,
    place=f"{full_name} ({split})",
    records=_records(builder, known, example),
  )


def _records(
  builder: tfds.core.DatasetBuilder,
  splits: Sequence[tfds.core.SplitInfo],
  example: Callable[[Mapping[str, tf.Tensor]], Mapping[str, Any]],
) -> image_source.Records | None:
  """Returns the files of some splits, None if they are not TFRecords."""
  if not splits or builder.info.file_format != tfds.core.FileFormat.TFRECORD:
    return None
  features = builder.info.features
  return image_source.Records(
    files=[str(path) for split in splits for path in split.filepaths],
    counts=[count for split in splits for count in split.shard_lengths],
    parse=lambda string: example(features.deserialize_example(string)),
  )


def _faces(
  asked: data_config.DataConfig,
  data_dir: str | None,
  cache_root: pathlib.Path,
  draw: bool,
) -> tfds.core.DatasetBuilder:
  """Returns the builder of drawn faces, which are drawn first if need be."""
  from experiments.data.faces import builder as faces

  size, count = asked.stored_size, asked.train_faces

  def builder(folder: pathlib.Path) -> tfds.core.DatasetBuilder:
    config = str(size)
    if count != data_config.TRAIN_FACES:
      config = faces.FacesConfig(
        name=f"{size}_{count}", size=size, num_train=count
      )
    elif size not in faces.SIZES:
      config = faces.FacesConfig(name=config, size=size)
    return faces.Faces(config=config, data_dir=folder)

  target = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR).expanduser()
  for folder in (target, cache_root / _PREPARED):
    if builder(folder).is_prepared():
      return builder(folder)
  if not draw:
    raise data_config.DatasetUnavailable(
      f"The drawn faces of {size} pixels are neither in {target} nor in "
      f"{cache_root / _PREPARED}. A training or an evaluation of a run of this "
      "size draws them."
    )
  if not roots.is_writable(target):
    fallback = roots.writable_root(cache_root) / _PREPARED
    logging.info("%s is not writable; faces go to %s", target, fallback)
    target = fallback
  logging.info("Drawing faces of %dx%d pixels, once.", size, size)
  # TFDS says that it downloads, and draws three progress bars; the builder
  # logs its own progress.
  tfds.disable_progress_bar()
  try:
    with contextlib.redirect_stdout(io.StringIO()):
      builder(target).download_and_prepare()
  except OSError:
    # TFDS also fails if another process was faster, whose faces are as good.
    if not builder(target).is_prepared():
      raise
  return builder(target)


def _prepare(
  builder: tfds.core.DatasetBuilder, host: str, download: bool
) -> None:
  """Downloads and prepares a dataset, or says why it cannot."""
  where = builder.data_dir
  if not download:
    raise data_config.DatasetUnavailable(
      f"{builder.info.full_name} is not prepared: {where} holds no "
      "dataset_info.json. Copy a prepared folder (dataset_info.json, "
      "features.json and *.tfrecord files) there, name the folder that has "
      "one in --data_dir, or pass --download on a machine with internet. "
      f"{_AT_ONCE}"
    )
  if builder.name == "lsun" and not importlib.util.find_spec("tensorflow_io"):
    raise data_config.DatasetUnavailable(
      "Preparing LSUN needs the package tensorflow_io, which reads LMDB files "
      "and is not installed. Install one that fits this TensorFlow, or prepare "
      f"lsun on another machine and copy the folder to {where}. {_AT_ONCE}"
    )
  _probe(host, builder.info.full_name, where)
  try:
    builder.download_and_prepare()
  # Downloads fail in many ways, each with an exception of its own.
  except Exception as error:
    raise data_config.DatasetUnavailable(
      f"{builder.info.full_name} could not be downloaded and prepared in "
      f"{where}: {error}"
    ) from error


def _probe(host: str, name: str, where: str) -> None:
  """Fails unless the network is there; TFDS itself retries for minutes."""
  port = 443
  if proxy := urllib.request.getproxies().get("https"):
    parsed = urllib.parse.urlparse(proxy)
    host, port = parsed.hostname, parsed.port or 80
  try:
    socket.create_connection((host, port), timeout=_PROBE_SECONDS).close()
  except OSError as error:
    raise data_config.DatasetUnavailable(
      f"{name} cannot be downloaded, as {host} is not reachable ({error}). "
      f"Copy a prepared folder to {where} instead. {_AT_ONCE}"
    ) from error
