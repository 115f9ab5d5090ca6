"""A configuration of data refuses what cannot work, and says why."""

import pytest

from experiments.config import data_config

DataConfig = data_config.DataConfig


@pytest.mark.parametrize(
  "name",
  ["faces", "celeb_a", "cifar10", "stl10", "lsun/church_outdoor", "folder:/x"],
)
def test_known_names_are_accepted(name):
  """The names that the documentation lists."""
  assert DataConfig(name=name).name == name


@pytest.mark.parametrize("name", ["celeba", "lsun", "lsun/cat", "folder:", ""])
def test_unknown_name_is_answered_with_the_valid_ones(name):
  """A misspelt name fails at once and lists every choice."""
  with pytest.raises(ValueError, match="faces, celeb_a, cifar10.*folder:PATH"):
    DataConfig(name=name)


@pytest.mark.parametrize(
  "change",
  [
    {"size": 0},
    {"size": None},
    {"size": 64.0},
    {"crop": 0},
    {"train_limit": 0},
    {"test_limit": True},
    {"crop": 8, "crop_top": -1},
    {"max_unreadable": -1},
  ],
)
def test_impossible_number_is_named_with_its_rule(change):
  """The message names field, rule and value."""
  field, value = list(change.items())[-1]
  with pytest.raises(ValueError, match=f"{field} must be an integer of at"):
    DataConfig(name="folder:x", **change)
  with pytest.raises(ValueError, match=f"got {value!r}"):
    DataConfig(name="folder:x", **change)


def test_window_position_needs_its_size():
  """An offset without a crop would be ignored silently."""
  with pytest.raises(ValueError, match="crop_left=3.*Set crop"):
    DataConfig(name="cifar10", crop_left=3)


def test_faces_are_not_cropped():
  """They are drawn at the size asked for."""
  with pytest.raises(ValueError, match="nothing to crop"):
    DataConfig(name="faces", crop=32)


def test_folder_is_what_follows_the_colon():
  """Also where the path has a colon itself."""
  assert DataConfig(name="folder:/a/b:c").folder == "/a/b:c"
  assert DataConfig(name="cifar10").folder is None
