"""The procedural faces: what a picture, an edit and the dataset promise."""

import dataclasses
import pathlib

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from experiments.data import faces

SIZE = 64
_SEED_3 = pathlib.Path(__file__).parent / "faces_seed_3.png"


@pytest.fixture
def people():
  """Twelve people without eyewear."""
  return [
    dataclasses.replace(faces.sample_face(seed=0, index=index), eyewear="none")
    for index in range(12)
  ]


def _draw(face, size=SIZE, **changes):
  """The picture of a face with some attributes changed, as floats."""
  face = dataclasses.replace(face, **changes)
  return faces.render(face, size).astype(np.float64)


@pytest.mark.parametrize("size", [8, 16, 31, 32, 100, 130])
def test_picture_is_a_square_of_bytes_at_any_size(size):
  """This is the promise of `render` on shape and type."""
  image = faces.render(faces.sample_face(seed=0, index=0), size)
  assert image.shape == (size, size, 3) and image.dtype == np.uint8


@pytest.mark.parametrize("size", [7, 0, -32, 32.0, "32", True])
def test_bad_size_is_refused_with_a_remedy(people, size):
  """The error names the value and says what to pass."""
  with pytest.raises(ValueError, match=f"got {size!r}"):
    faces.render(people[0], size)


def test_faces_are_those_that_were_always_drawn():
  """A picture of 40 faces is kept, so that results stay comparable.

  Another machine or NumPy may round differently, by one grey level.
  """
  drawn = [_draw(faces.sample_face(seed=3, index=i), 32) for i in range(40)]
  rows = [np.concatenate(drawn[i : i + 10], axis=1) for i in range(0, 40, 10)]
  kept = np.asarray(Image.open(_SEED_3))
  np.testing.assert_allclose(np.concatenate(rows), kept, rtol=0, atol=1)


def test_face_is_a_function_of_seed_and_index():
  """Drawing other faces in between changes nothing."""
  first = faces.sample_face(seed=3, index=5)
  before = faces.render(first, 32)
  faces.render(faces.sample_face(seed=3, index=6), 16)
  assert faces.sample_face(seed=3, index=5) == first
  np.testing.assert_array_equal(faces.render(first, 32), before)


def test_other_indices_and_seeds_are_other_people():
  """No two of 40 pictures are close."""
  names = [(seed, index) for seed in (0, 1) for index in range(20)]
  images = np.stack([_draw(faces.sample_face(*name), 16) for name in names])
  apart = np.abs(images[:, None] - images[None]).mean(axis=(2, 3, 4))
  apart[np.diag_indices(len(names))] = np.inf
  assert apart.min() > 8.0


def test_what_names_no_face_is_refused_when_it_is_made(people):
  """Indices are not negative, and a misspelt category lists the known ones."""
  with pytest.raises(ValueError, match="index=-1"):
    faces.sample_face(seed=0, index=-1)
  with pytest.raises(ValueError, match="none, spectacles, sunglasses"):
    dataclasses.replace(people[0], eyewear="goggles")


@pytest.mark.parametrize("eyewear", ["spectacles", "sunglasses"])
def test_eyewear_changes_pixels_near_the_eyes_only(people, eyewear):
  """Outside `eyewear_mask` an edit of the eyewear is bit-exact."""
  for person in people:
    edited = _draw(person, eyewear=eyewear)
    changed = np.any(_draw(person) != edited, axis=-1)
    mask = faces.eyewear_mask(person, SIZE)
    assert changed.any() and mask.mean() < 0.4
    assert not np.any(changed & ~mask)


def test_sunglasses_darken_the_eyes(people):
  """A lens is darker than an eye and what is around it, whatever the skin."""
  for person in people:
    bare, dark = _draw(person), _draw(person, eyewear="sunglasses")
    changed = np.any(bare != dark, axis=-1)
    assert dark[changed].mean() < bare[changed].mean() + 5.0
    bare = _draw(person, skin_tone=0.2)
    dark = _draw(person, skin_tone=0.2, eyewear="sunglasses")
    assert dark[changed].mean() < bare[changed].mean() - 20.0


def test_skin_tone_changes_the_skin_and_not_the_background(people):
  """The cheeks follow the attribute; the corners of the picture do not."""
  bare = {"facial_hair": "none", "headwear": "none"}
  middle = slice(SIZE // 2, SIZE // 2 + 8)
  for person in people:
    pale, deep = (_draw(person, skin_tone=tone, **bare) for tone in (0.0, 1.0))
    assert pale[middle, middle].mean() > deep[middle, middle].mean() + 40.0
    np.testing.assert_array_equal(pale[:3, :3], deep[:3, :3])


@pytest.mark.parametrize("name", ["smile", "yaw", "gaze_x", "light_azimuth"])
def test_continuous_attributes_act_continuously(people, name):
  """A small change of an attribute is a small change of the picture."""
  for person in people[:4]:
    here, near, far = (_draw(person, **{name: x}) for x in (0.30, 0.31, -0.60))
    step, leap = np.abs(near - here).mean(), np.abs(far - here).mean()
    assert step < 0.2 * leap + 0.05


def test_small_picture_is_the_area_mean_of_a_large_one(people):
  """Outlines are anti-aliased, so sizes show the same face."""
  for person in people[:6]:
    small, large = (
      _draw(person, size, eyewear="spectacles") for size in (32, 128)
    )
    error = np.abs(small - large.reshape(32, 4, 32, 4, 3).mean(axis=(1, 3)))
    assert error.mean() < 2.0 and np.percentile(error, 99) < 16.0


def test_every_category_can_be_drawn(people):
  """No value of any categorical attribute fails or gives an empty picture."""
  for name, values in faces.CATEGORIES.items():
    for value in values:
      assert _draw(people[1], 16, **{name: value}).std() > 5.0


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


@pytest.mark.parametrize(
  "split, indices", [("train", range(5)), ("test", [5, 6, 7])]
)
def test_dataset_holds_what_the_renderer_draws(builder, split, indices):
  """Each example can be drawn again from its index, attributes included.

  `train` takes the first indices and `test` the ones that follow.
  """
  examples = list(tfds.as_numpy(builder.as_dataset(split=split)))
  assert sorted(example["index"] for example in examples) == list(indices)
  for example in examples:
    face = faces.sample_face(seed=2, index=int(example["index"]))
    np.testing.assert_array_equal(example["image"], faces.render(face, 24))
    for name, value in dataclasses.asdict(face).items():
      if name in faces.CATEGORIES:
        assert builder.info.features[name].int2str(example[name]) == value
      else:
        np.testing.assert_allclose(example[name], value, rtol=1e-6)


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
def test_importing_the_package_registers_the_sizes(size, tmp_path):
  """`tfds.builder` knows the dataset by name, and nothing is prepared."""
  builder = tfds.builder(f"faces/{size}", data_dir=str(tmp_path))
  assert builder.info.features["image"].shape == (size, size, 3)
  assert not builder.is_prepared()


def test_empty_split_is_refused():
  """A configuration checks its counts."""
  with pytest.raises(ValueError, match="num_test=0"):
    faces.FacesConfig(name="none", num_test=0)
