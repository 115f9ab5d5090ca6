"""A configuration of data refuses what cannot work, and says why."""

import pytest

from experiments.config.data_config import DataConfig


@pytest.mark.parametrize(
  "name",
  ["faces", "celeb_a", "cifar10", "stl10", "lsun/church_outdoor", "folder:/x"],
)
def test_known_names_are_accepted(name):
  """These are the names that the documentation lists."""
  assert DataConfig(name=name).name == name


@pytest.mark.parametrize("name", ["celeba", "lsun", "lsun/cat", "folder:", ""])
def test_unknown_name_is_answered_with_the_valid_ones(name):
  """A misspelt name fails at once and lists every choice."""
  with pytest.raises(ValueError, match="faces, celeb_a, cifar10.*folder:PATH"):
    DataConfig(name=name)


@pytest.mark.parametrize(
  "rule",
  ["size 1", "crop 1", "crop_top 0", "train_limit 1", "test_limit 1"]
  + ["corner_crops_of 64", "holdout 0", "stream_buffer 1", "max_unreadable 0"]
  + ["train_faces 1"],
)
def test_impossible_number_is_named_with_its_rule(rule):
  """The message names field, least value and what it got."""
  field, least = rule.split()
  for value in (int(least) - 1, 64.0, True):
    with pytest.raises(
      ValueError, match=f"{field} must .* at least {least}.*got {value!r}"
    ):
      DataConfig(name="folder:x", **{field: value})


@pytest.mark.parametrize("field", ["size", "holdout", "stream_buffer"])
def test_a_required_number_cannot_be_left_out(field):
  """The others may be None."""
  with pytest.raises(ValueError, match=f"{field} must be .*got None"):
    DataConfig(name="folder:x", **{field: None})


@pytest.mark.parametrize(
  "name, change, named",
  [
    ("cifar10", {"crop_left": 3}, "crop_left=3.*Set crop"),
    ("faces", {"crop": 32}, "crop=32"),
    ("faces", {"size": 7}, "8 pixels or more, got size=7"),
    ("folder:x", {"size": 10**5}, "at most 4096 pixels, got 100000"),
    ("cifar10", {"corner_crops_of": 5000}, "at most 4096 pixels, got 5000"),
    ("folder:x", {"stream": True}, "'folder:x'.*stream=False"),
    ("stl10", {"stream": True, "train_limit": 5}, "train_limit=5"),
    ("cifar10", {"train_faces": 9}, "train_faces=9.*name='cifar10'"),
  ],
)
def test_what_does_not_go_together_is_refused(name, change, named):
  """Otherwise an option would be ignored, or the memory fill up."""
  with pytest.raises(ValueError, match=named):
    DataConfig(name=name, **change)


@pytest.mark.parametrize("size", [1, 48, 100, 4096])
def test_any_size_is_accepted(size):
  """Sizes need not be those of a preset."""
  assert DataConfig(name="folder:x", size=size).stored_size == size


def test_images_are_stored_at_the_side_before_the_windows():
  """One cache serves windows of any size."""
  assert DataConfig(size=28, corner_crops_of=32).stored_size == 32


def test_folder_is_what_follows_the_colon():
  """The path may have a colon itself."""
  assert DataConfig(name="folder:/a/b:c").folder == "/a/b:c"
  assert DataConfig(name="cifar10").folder is None
