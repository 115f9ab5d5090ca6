"""The procedural faces: what a picture, an edit and the dataset promise."""

import dataclasses
import pathlib

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from experiments.data import faces

SIZE = 64


@pytest.fixture
def people():
  """Twelve people without eyewear."""
  return [
    dataclasses.replace(faces.sample_face(seed=0, index=index), eyewear="none")
    for index in range(12)
  ]


def _area_mean(image, size):
  factor = image.shape[0] // size
  blocks = image.reshape(size, factor, size, factor, 3).astype(np.float64)
  return blocks.mean(axis=(1, 3))


@pytest.mark.parametrize("size", [8, 16, 31, 32, 100, 130])
def test_picture_is_a_square_of_bytes_at_any_size(size):
  """The promise of `render` on shape and type."""
  image = faces.render(faces.sample_face(seed=0, index=0), size)
  assert image.shape == (size, size, 3)
  assert image.dtype == np.uint8


@pytest.mark.parametrize("size", [7, 0, -32, 32.0, "32", True])
def test_bad_size_is_refused_with_a_remedy(size):
  """The error names the value and says what to pass."""
  face = faces.sample_face(seed=0, index=0)
  with pytest.raises(ValueError, match=f"got {size!r}"):
    faces.render(face, size)


def test_face_is_a_function_of_seed_and_index():
  """Drawing other faces in between changes nothing."""
  first = faces.sample_face(seed=3, index=5)
  faces.render(faces.sample_face(seed=3, index=6), 16)
  assert faces.sample_face(seed=3, index=5) == first
  np.testing.assert_array_equal(
    faces.render(faces.sample_face(seed=3, index=5), 32),
    faces.render(first, 32),
  )


def test_faces_are_those_that_were_always_drawn():
  """A picture of 40 faces is kept, so that results stay comparable.

  Another machine or NumPy may round differently, by one grey level.
  """
  path = pathlib.Path(__file__).parent / "faces_seed_3.png"
  kept = np.asarray(Image.open(path)).astype(int)
  for i in range(40):
    top, left = 32 * (i // 10), 32 * (i % 10)
    drawn = faces.render(faces.sample_face(seed=3, index=i), 32)
    expected = kept[top : top + 32, left : left + 32]
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1)


def test_other_indices_and_seeds_are_other_people():
  """No two of 40 pictures are close."""
  names = [(seed, index) for seed in (0, 1) for index in range(20)]
  images = np.stack(
    [faces.render(faces.sample_face(*name), 16) for name in names]
  ).astype(np.float64)
  apart = np.abs(images[:, None] - images[None]).mean(axis=(2, 3, 4))
  apart[np.diag_indices(len(names))] = np.inf
  assert apart.min() > 8.0


def test_negative_index_is_refused():
  """Faces are named by non-negative integers."""
  with pytest.raises(ValueError, match="index=-1"):
    faces.sample_face(seed=0, index=-1)


def test_unknown_category_is_refused_with_the_known_ones(people):
  """A misspelt category fails when the face is made, not when it is drawn."""
  with pytest.raises(ValueError, match="none, spectacles, sunglasses"):
    dataclasses.replace(people[0], eyewear="goggles")


@pytest.mark.parametrize("eyewear", ["spectacles", "sunglasses"])
def test_eyewear_changes_pixels_near_the_eyes_only(people, eyewear):
  """Outside `eyewear_mask` an edit of the eyewear is bit-exact."""
  for person in people:
    edited = dataclasses.replace(person, eyewear=eyewear)
    changed = np.any(
      faces.render(person, SIZE) != faces.render(edited, SIZE), axis=-1
    )
    mask = faces.eyewear_mask(person, SIZE)
    assert changed.any()
    assert not np.any(changed & ~mask)
    assert mask.mean() < 0.4


def test_sunglasses_darken_the_eyes(people):
  """A lens is darker than an eye and what is around it, whatever the skin."""
  for person in people:
    dark = dataclasses.replace(person, eyewear="sunglasses")
    bare_image, dark_image = (
      faces.render(person, SIZE),
      faces.render(dark, SIZE),
    )
    changed = np.any(bare_image != dark_image, axis=-1)
    light = dataclasses.replace(person, skin_tone=0.2)
    light_dark = dataclasses.replace(light, eyewear="sunglasses")
    assert (
      faces.render(light_dark, SIZE)[changed].mean()
      < faces.render(light, SIZE)[changed].mean() - 20.0
    )
    assert dark_image[changed].mean() < bare_image[changed].mean() + 5.0


def test_skin_tone_changes_the_skin_and_not_the_background(people):
  """The cheeks follow the attribute; the corners of the picture do not."""
  for person in people:
    pale, deep = (
      faces.render(
        dataclasses.replace(
          person, skin_tone=tone, facial_hair="none", headwear="none"
        ),
        SIZE,
      ).astype(np.float64)
      for tone in (0.0, 1.0)
    )
    middle = slice(SIZE // 2, SIZE // 2 + 8)
    assert pale[middle, middle].mean() > deep[middle, middle].mean() + 40.0
    np.testing.assert_array_equal(pale[:3, :3], deep[:3, :3])


@pytest.mark.parametrize("name", ["smile", "yaw", "gaze_x", "light_azimuth"])
def test_continuous_attributes_act_continuously(people, name):
  """A small change of an attribute is a small change of the picture."""
  for person in people[:4]:
    near = dataclasses.replace(person, **{name: 0.31})
    here = dataclasses.replace(person, **{name: 0.30})
    far = dataclasses.replace(person, **{name: -0.60})
    images = [
      faces.render(face, SIZE).astype(np.float64) for face in (here, near, far)
    ]
    step = np.abs(images[1] - images[0]).mean()
    leap = np.abs(images[2] - images[0]).mean()
    assert step < 0.2 * leap + 0.05


def test_small_picture_is_the_area_mean_of_a_large_one(people):
  """Outlines are anti-aliased, so sizes show the same face."""
  for person in people:
    person = dataclasses.replace(person, eyewear="spectacles")
    small = faces.render(person, 32).astype(np.float64)
    large = _area_mean(faces.render(person, 128), 32)
    assert np.abs(small - large).mean() < 2.0
    assert np.percentile(np.abs(small - large), 99) < 16.0


def test_every_category_can_be_drawn(people):
  """No value of any categorical attribute fails or leaves [0, 255] bytes."""
  for name, values in faces.CATEGORIES.items():
    for value in values:
      face = dataclasses.replace(people[1], **{name: value})
      assert faces.render(face, 16).std() > 5.0


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
  """A small prepared dataset of a size without a name of its own."""
  config = faces.FacesConfig(
    name="tiny", size=24, num_train=5, num_test=3, seed=2
  )
  data_dir = str(tmp_path_factory.mktemp("faces"))
  builder = faces.Faces(config=config, data_dir=data_dir)
  builder.download_and_prepare()
  return builder


def test_dataset_holds_what_the_renderer_draws(builder):
  """Each example can be drawn again from its index, attributes included."""
  for example in tfds.as_numpy(builder.as_dataset(split="train+test")):
    face = faces.sample_face(seed=2, index=int(example["index"]))
    np.testing.assert_array_equal(example["image"], faces.render(face, 24))
    for name, value in dataclasses.asdict(face).items():
      if name in faces.CATEGORIES:
        assert builder.info.features[name].int2str(example[name]) == value
      else:
        np.testing.assert_allclose(example[name], value, rtol=1e-6)


def test_splits_are_disjoint_and_complete(builder):
  """`train` takes the first indices and `test` the ones that follow."""
  indices = {
    split: sorted(
      int(example["index"])
      for example in tfds.as_numpy(builder.as_dataset(split=split))
    )
    for split in ("train", "test")
  }
  assert indices == {"train": [0, 1, 2, 3, 4], "test": [5, 6, 7]}


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
def test_importing_the_package_registers_the_sizes(size, tmp_path):
  """`tfds.builder` finds the dataset by name, and nothing is prepared."""
  builder = tfds.builder(f"faces/{size}", data_dir=str(tmp_path))
  assert builder.info.features["image"].shape == (size, size, 3)
  assert not builder.is_prepared()


def test_empty_split_is_refused():
  """A configuration checks its counts."""
  with pytest.raises(ValueError, match="num_test=0"):
    faces.FacesConfig(name="none", num_test=0)
