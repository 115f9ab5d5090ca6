"""Every dataset by its name, and which of its images train and test."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from experiments.config.data_config import DataConfig, DatasetUnavailable
from experiments.data import datasets
from experiments.data.faces import builder as faces

_Builder = tfds.core.DatasetBuilder


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
