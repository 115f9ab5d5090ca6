"""Every dataset by its name, and what is said of those that are missing."""

import functools
import importlib.util
import shutil
import socket
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from experiments.config import data_config
from experiments.data import datasets
from experiments.data.faces import builder as faces

DataConfig = data_config.DataConfig
DatasetUnavailable = data_config.DatasetUnavailable


@pytest.fixture
def load(tmp_path):
  return functools.partial(
    datasets.load,
    data_dir=str(tmp_path / "tfds"),
    cache_dir=str(tmp_path / "cache"),
  )


@pytest.fixture
def no_network(monkeypatch):
  """Counts attempts to connect and refuses them."""
  attempts = []

  def refuse(address, timeout):
    attempts.append((address, timeout))
    raise OSError("Network is unreachable")

  monkeypatch.setattr(socket, "create_connection", refuse)
  for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
    monkeypatch.delenv(name, raising=False)
  return attempts


@pytest.mark.parametrize(
  "name, train_split, test_split, labels",
  [
    ("celeb_a", "train", "validation+test", (False, False)),
    ("cifar10", "train", "test", (True, True)),
    ("stl10", "unlabelled", "test", (False, True)),
    ("lsun/bedroom", "train", "validation", (False, False)),
  ],
)
def test_tfds_datasets_load_under_their_names(
  load, monkeypatch, name, train_split, test_split, labels
):
  """From the splits that were decided on, with labels where there are any."""
  monkeypatch.setattr(
    tfds.core.DatasetBuilder, "is_prepared", lambda self: True
  )
  with tfds.testing.mock_data(num_examples=3):
    as_dataset, splits = tfds.core.DatasetBuilder.as_dataset, []

    def record(self, split, **options):
      splits.append(split)
      return as_dataset(self, split=split, **options)

    monkeypatch.setattr(tfds.core.DatasetBuilder, "as_dataset", record)
    data = load(DataConfig(name=name, size=16))
  assert splits == [train_split, test_split]
  assert data.name == name
  for split, has_labels in zip((data.train, data.test), labels, strict=True):
    assert split.num_images == 3
    assert split.image_shape == (16, 16, 3)
    assert (split.labels is not None) == has_labels
  assert (data.class_names is not None) == any(labels)


def test_faces_are_drawn_without_network(load, monkeypatch, no_network):
  """At the size asked for, so that no pixel is resampled."""
  few = functools.partial(faces.FacesConfig, num_train=5, num_test=2)
  monkeypatch.setattr(faces, "FacesConfig", few)
  data = load(DataConfig(name="faces", size=12))
  assert (data.train.num_images, data.test.num_images) == (5, 2)
  assert data.class_names is None
  assert not no_network


def test_two_processes_may_draw_the_faces_at_once(load, monkeypatch):
  """The slower one finds them in place."""
  few = functools.partial(faces.FacesConfig, num_train=2, num_test=1)
  monkeypatch.setattr(faces, "FacesConfig", few)
  prepare = faces.Faces.download_and_prepare

  def prepare_twice(self):
    prepare(self)
    raise OSError("Directory not empty")

  monkeypatch.setattr(faces.Faces, "download_and_prepare", prepare_twice)
  assert load(DataConfig(name="faces", size=12)).train.num_images == 2


def test_faces_are_drawn_elsewhere_if_the_folder_is_not_writable(
  tmp_path, monkeypatch
):
  """A shared folder of datasets is often read-only."""
  few = functools.partial(faces.FacesConfig, num_train=2, num_test=1)
  monkeypatch.setattr(faces, "FacesConfig", few)
  (tmp_path / "file").touch()
  data = datasets.load(
    DataConfig(name="faces", size=12),
    data_dir=str(tmp_path / "file" / "tfds"),
    cache_dir=str(tmp_path / "cache"),
  )
  assert data.train.num_images == 2
  assert (tmp_path / "cache" / "tensorflow_datasets" / "faces").is_dir()


@pytest.fixture
def folder(tmp_path):
  rng = np.random.default_rng(0)
  for split, count in (("train", 6), ("test", 3)):
    for i in range(count):
      path = tmp_path / "images" / split / "ab"[i % 2] / f"{i}.png"
      path.parent.mkdir(parents=True, exist_ok=True)
      pixels = rng.integers(0, 256, (30, 20, 3), dtype=np.uint8)
      Image.fromarray(pixels).save(path)
  return tmp_path / "images"


def test_a_folder_is_loaded_pixel_by_pixel(load, folder):
  """A crop of the final size is copied, never resampled."""
  config = DataConfig(
    name=f"folder:{folder}", size=16, crop=16, crop_top=3, crop_left=1
  )
  data = load(config)
  assert data.class_names == ("a", "b")
  expected = {
    np.asarray(Image.open(path))[3:19, 1:17].tobytes()
    for path in folder.glob("train/*/*.png")
  }
  assert {image.tobytes() for image in data.train.images()} == expected
  assert sorted(data.train.labels) == [0, 0, 0, 1, 1, 1]


def test_limits_and_flips_reach_the_splits(load, folder):
  """Each limit applies to its own split."""
  config = DataConfig(
    name=f"folder:{folder}",
    size=16,
    train_limit=4,
    test_limit=2,
    horizontal_flip=False,
  )
  data = load(config)
  assert (data.train.num_images, data.test.num_images) == (4, 2)
  assert not data.train.horizontal_flip


def test_a_strategy_can_read_the_stream(load, folder):
  """The way that training takes: one batch per replica, from a function."""
  data = load(DataConfig(name=f"folder:{folder}", size=16))
  strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
  distributed = strategy.distribute_datasets_from_function(
    lambda context: data.train.training_batches(4, seed=0)
  )
  [alone] = data.train.training_batches(4, seed=0).take(1)
  np.testing.assert_array_equal(
    next(iter(distributed))["image"], alone["image"]
  )


@pytest.mark.parametrize("name", ["celeb_a", "cifar10", "stl10", "lsun/tower"])
def test_a_missing_dataset_is_explained_at_once(load, tmp_path, name):
  """What is missing, where it belongs, and what works without it."""
  with pytest.raises(DatasetUnavailable) as caught:
    load(DataConfig(name=name))
  message = str(caught.value)
  assert message.startswith(f"{name}/")
  assert str(tmp_path / "tfds" / name) in message
  for part in ("dataset_info.json", "--download", "faces", "folder:PATH"):
    assert part in message


def test_a_download_without_network_fails_at_once(load, no_network):
  """The network is probed once; TFDS would retry for minutes."""
  start = time.monotonic()
  with pytest.raises(
    DatasetUnavailable, match="cifar10.*www.cs.toronto.edu is not reachable"
  ):
    load(DataConfig(name="cifar10"), download=True)
  assert no_network == [(("www.cs.toronto.edu", 443), 3.0)]
  assert time.monotonic() - start < 20


def test_behind_a_proxy_the_proxy_is_probed(load, no_network, monkeypatch):
  """Nothing else can be reached from there, though downloads work."""
  monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
  with pytest.raises(DatasetUnavailable, match="proxy.example"):
    load(DataConfig(name="cifar10"), download=True)
  assert no_network[0][0] == ("proxy.example", 3128)


def test_a_failed_download_is_one_error(load, monkeypatch):
  """Whatever TFDS raises, such as a changed checksum."""

  def fail(self):
    raise ValueError("Artifact has wrong checksum")

  monkeypatch.setattr(
    socket, "create_connection", lambda *args, **options: socket.socket()
  )
  monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
  with pytest.raises(
    DatasetUnavailable, match="celeb_a.*could not be .*wrong checksum"
  ):
    load(DataConfig(name="celeb_a"), download=True)


def test_lsun_names_the_package_that_it_needs(load, monkeypatch, no_network):
  """TFDS would say so only after downloading."""
  find_spec = importlib.util.find_spec
  monkeypatch.setattr(
    importlib.util,
    "find_spec",
    lambda name: None if name == "tensorflow_io" else find_spec(name),
  )
  with pytest.raises(DatasetUnavailable, match="package tensorflow_io"):
    load(DataConfig(name="lsun/bedroom"), download=True)
  assert not no_network


def test_streamed_images_are_those_that_are_cached(load, monkeypatch, tmp_path):
  """All but the files of those that are held out; nothing of them is cached."""
  few = functools.partial(faces.FacesConfig, num_train=9, num_test=2)
  monkeypatch.setattr(faces, "FacesConfig", few)
  cached = load(DataConfig(name="faces", size=12)).train
  shutil.rmtree(tmp_path / "cache")
  data = load(DataConfig(name="faces", size=12, stream=True))
  assert np.array_equal(data.train.images(0, 9), cached.images())
  assert data.train.num_images == 9 and data.validation is data.test
  [entry] = (tmp_path / "cache").glob("faces*")
  assert "test" in entry.name
  with pytest.raises(DatasetUnavailable, match="held out by whole files"):
    load(DataConfig(name="faces", size=12, stream=True, holdout=2))
