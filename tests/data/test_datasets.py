"""Every dataset by its name, and what is said of those that are missing."""

import functools
import importlib.util
import socket
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from experiments.config.data_config import DataConfig, DatasetUnavailable
from experiments.data import datasets
from experiments.data.faces import builder as faces
from experiments.system import errors

_Builder = tfds.core.DatasetBuilder


@pytest.fixture
def load(tmp_path):
  """`load(download=False, **fields)` of a `DataConfig`, in new folders."""

  def load(download=False, **fields):
    return datasets.load(
      DataConfig(**fields),
      data_dir=str(tmp_path / "tfds"),
      cache_dir=str(tmp_path / "cache"),
      download=download,
    )

  return load


@pytest.fixture
def few_faces(monkeypatch):
  """Six faces to train on and two to test on, of twelve pixels."""
  few = functools.partial(faces.FacesConfig, num_train=6, num_test=2)
  monkeypatch.setattr(faces, "FacesConfig", few)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
  """A folder to draw and decode those faces in, once for all tests."""
  return tmp_path_factory.mktemp("drawn")


@pytest.fixture
def load_faces(few_faces, drawn):
  """`load_faces(cache_dir=drawn / "cache", **fields)` of a `DataConfig`."""

  def load(cache_dir=drawn / "cache", **fields):
    config = DataConfig(**({"size": 12} | fields))
    return datasets.load(config, str(drawn), str(cache_dir))

  return load


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
  "name, splits, labels",
  [
    ("celeb_a", ["train", "validation+test"], [False, False]),
    ("cifar10", ["train", "test"], [True, True]),
    ("stl10", ["unlabelled", "test"], [False, True]),
    ("lsun/bedroom", ["train", "validation"], [False, False]),
  ],
)
def test_tfds_datasets_load_under_their_names(
  load, monkeypatch, name, splits, labels
):
  """They are read from the documented splits, with labels if there are any."""
  monkeypatch.setattr(_Builder, "is_prepared", lambda self: True)
  with tfds.testing.mock_data(num_examples=3):
    as_dataset, read = _Builder.as_dataset, []

    def record(self, split, **options):
      read.append(split)
      return as_dataset(self, split=split, **options)

    monkeypatch.setattr(_Builder, "as_dataset", record)
    data = load(name=name, size=16)
  assert read == splits and data.name == name
  assert [data.train.has_labels, data.test.has_labels] == labels
  assert (data.class_names is not None) == any(labels)
  for split in (data.train, data.test):
    assert (split.num_images, split.image_shape) == (3, (16, 16, 3))


def test_faces_are_drawn_without_network(load, few_faces, no_network):
  """They are drawn at the size asked for, so that no pixel is resampled."""
  data = load(size=12)
  assert (data.train.num_images, data.test.num_images) == (6, 2)
  assert data.class_names is None and not no_network


def test_two_processes_may_draw_the_faces_at_once(load, few_faces, monkeypatch):
  """The slower one takes those of the other."""
  prepare = faces.Faces.download_and_prepare

  def prepare_twice(self):
    prepare(self)
    raise OSError("Directory not empty")

  monkeypatch.setattr(faces.Faces, "download_and_prepare", prepare_twice)
  assert load(size=12).train.num_images == 6


def test_faces_are_drawn_elsewhere_if_the_folder_is_not_writable(
  tmp_path, few_faces
):
  """A shared folder of datasets is often read-only."""
  (tmp_path / "file").touch()
  data = datasets.load(
    DataConfig(size=12), str(tmp_path / "file/tfds"), str(tmp_path / "cache")
  )
  assert data.train.num_images == 6
  assert (tmp_path / "cache" / "tensorflow_datasets" / "faces").is_dir()


def test_more_faces_are_drawn_beside_the_usual_ones(tmp_path, few_faces):
  """Neither takes the place of the other in a shared folder."""
  for count, config in (
    (6, DataConfig(size=12)),
    (9, DataConfig(size=12, train_faces=9)),
    (6, DataConfig(size=12)),
  ):
    data = datasets.load(config, str(tmp_path / "tfds"), str(tmp_path))
    assert data.train.num_images == count


def test_paths_may_begin_with_a_tilde_and_hold_commas(
  tmp_path, few_faces, monkeypatch
):
  """Each of the three is the user's own folder, whatever its name."""
  monkeypatch.setenv("HOME", str(tmp_path))
  for i in range(20):
    path = tmp_path / "a, b [1]*" / "c,d" / f"{i},{i}?.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 9), (i, i, i)).save(path)
  folder = DataConfig(name="folder:~/a, b [1]*", size=9)
  data = datasets.load(folder, cache_dir="~/cache, too")
  values = [*data.train.images()[:, 0, 0, 0], *data.test.images()[:, 0, 0, 0]]
  assert sorted(values) == list(range(20)) and data.class_names == ("c,d",)
  datasets.load(DataConfig(size=12), "~/tfds, too", "~/cache, too")
  assert sorted(path.name for path in tmp_path.iterdir()) == [
    *("a, b [1]*", "cache, too", "tfds, too")
  ]
  with pytest.raises(DatasetUnavailable, match=f"{tmp_path}/tfds/cifar10"):
    datasets.load(DataConfig(name="cifar10"), "~/tfds", "~/cache")


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
  data = load(
    name=f"folder:{folder}", size=16, crop=16, crop_top=3, crop_left=1
  )
  assert data.class_names == ("a", "b")
  expected = {
    np.asarray(Image.open(path))[3:19, 1:17].tobytes()
    for path in folder.glob("train/*/*.png")
  }
  assert {image.tobytes() for image in data.train.images()} == expected
  assert sorted(data.train.labels) == [0, 0, 0, 1, 1, 1]


def test_limits_and_flips_reach_the_splits(load, folder):
  """Each limit applies to its own split."""
  options = {"train_limit": 4, "test_limit": 2, "horizontal_flip": False}
  data = load(name=f"folder:{folder}", size=16, **options)
  assert (data.train.num_images, data.test.num_images) == (4, 2)
  assert not data.train.horizontal_flip


def test_what_the_system_refuses_is_named(load, monkeypatch):
  """The message has the file or folder as well as the reason."""

  def refuse(path):
    raise PermissionError(13, "Permission denied", f"{path}/photos")

  monkeypatch.setattr(datasets.folder_images, "sources", refuse)
  with pytest.raises(DatasetUnavailable, match="denied: /private/photos"):
    load(name="folder:/private")


def test_a_batch_larger_than_the_training_set_is_refused(load, folder):
  """Before any model is built; a batch of all images is allowed."""
  data = load(name=f"folder:{folder}", size=16)
  data.check_batch_size(6)
  message = "6 training images.*training.batch_size=100000. .*at most 6"
  with pytest.raises(errors.UserError, match=message):
    data.check_batch_size(100_000)


def test_a_strategy_can_read_the_stream(load, folder):
  """Training reads like that: one batch per replica, from a function."""
  data = load(name=f"folder:{folder}", size=16)
  strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
  distributed = strategy.distribute_datasets_from_function(
    lambda context: data.train.training_batches(4, seed=0)
  )
  [alone] = data.train.training_batches(4, seed=0).take(1)
  np.testing.assert_array_equal(
    next(iter(distributed))["image"], alone["image"]
  )


def test_held_out_images_validate_and_do_not_train(load_faces):
  """They are the last ones, of those that the limit leaves."""
  whole = load_faces(train_limit=5)
  data = load_faces(train_limit=5, holdout=2)
  images = whole.train.images()
  assert whole.validation is whole.test
  np.testing.assert_array_equal(data.train.images(), images[:3])
  np.testing.assert_array_equal(data.validation.images(), images[3:])
  np.testing.assert_array_equal(data.test.images(), whole.test.images())
  trained = {image.tobytes() for image in data.train.images()}
  assert not trained & {image.tobytes() for image in data.validation.images()}


@pytest.mark.parametrize("holdout", [5, 6])
def test_a_holdout_that_leaves_nothing_is_refused(load_faces, holdout):
  """What counts is what the limit leaves."""
  message = f"holdout={holdout} leaves none of 5 training images.*data.holdout"
  with pytest.raises(DatasetUnavailable, match=message):
    load_faces(train_limit=5, holdout=holdout)


def test_training_takes_corners_and_the_rest_the_centre(load_faces):
  """No window of a held-out image is trained on."""
  whole = load_faces()
  data = load_faces(size=9, corner_crops_of=12, holdout=2)
  images, test = whole.train.images(), whole.test.images()
  corners = [
    images[:4, top : top + 9, left : left + 9]
    for top in (0, 3)
    for left in (0, 3)
  ]
  expected = np.stack(corners, axis=1).reshape(16, 9, 9, 3)
  np.testing.assert_array_equal(data.train.images(), expected)
  centre = np.s_[:, 1:10, 1:10]
  np.testing.assert_array_equal(data.validation.images(), images[4:][centre])
  np.testing.assert_array_equal(data.test.images(), test[centre])
  assert data.train.horizontal_flip and data.train.image_shape == (9, 9, 3)


@pytest.mark.parametrize("name", ["celeb_a", "cifar10", "stl10", "lsun/tower"])
def test_a_missing_dataset_is_explained_at_once(load, tmp_path, name):
  """The message says what is missing, where, and what works without it."""
  with pytest.raises(DatasetUnavailable, match=f"^{name}/") as caught:
    load(name=name)
  where = str(tmp_path / "tfds" / name)
  for part in (where, "dataset_info.json", "--download", "folder:PATH"):
    assert part in str(caught.value)


@pytest.mark.parametrize(
  "proxy, address",
  [
    (None, ("www.cs.toronto.edu", 443)),
    ("http://proxy.example:3128", ("proxy.example", 3128)),
  ],
)
def test_a_download_without_network_fails_at_once(
  load, no_network, monkeypatch, proxy, address
):
  """The site, or the proxy before it, is tried once; TFDS tries for minutes."""
  if proxy:
    monkeypatch.setenv("https_proxy", proxy)
  start = time.monotonic()
  with pytest.raises(DatasetUnavailable, match=f"cifar10.*{address[0]} is not"):
    load(name="cifar10", download=True)
  assert no_network == [(address, 3.0)]
  assert time.monotonic() - start < 20


def test_a_failed_download_is_one_error(load, monkeypatch):
  """TFDS may raise anything, for a changed checksum for instance."""

  def fail(self):
    raise ValueError("Artifact has wrong checksum")

  monkeypatch.setattr(
    socket, "create_connection", lambda *args, **options: socket.socket()
  )
  monkeypatch.setattr(_Builder, "download_and_prepare", fail)
  with pytest.raises(DatasetUnavailable, match="celeb_a.*wrong checksum"):
    load(name="celeb_a", download=True)


def test_lsun_names_the_package_that_it_needs(load, monkeypatch, no_network):
  """The package is looked for before the network is."""
  find_spec = importlib.util.find_spec
  monkeypatch.setattr(
    importlib.util,
    "find_spec",
    lambda name: None if name == "tensorflow_io" else find_spec(name),
  )
  with pytest.raises(DatasetUnavailable, match="package tensorflow_io"):
    load(name="lsun/bedroom", download=True)
  assert not no_network


def test_streamed_images_are_those_that_are_cached(load_faces, tmp_path):
  """Files with held-out images are not read, and no image is cached."""
  cached = load_faces().train
  data = load_faces(tmp_path, stream=True)
  assert np.array_equal(data.train.images(0, 6), cached.images())
  assert data.train.num_images == 6 and data.validation is data.test
  [entry] = tmp_path.iterdir()
  assert "test" in entry.name
  with pytest.raises(DatasetUnavailable, match="held out by whole files"):
    load_faces(stream=True, holdout=2)
