"""Configurations from JSON: of the right classes, or refused."""

import dataclasses

import pytest

from experiments.config import presets, run_config, stored_json
from experiments.system import errors
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig


@dataclasses.dataclass(frozen=True)
class Round:
  radius: float
  centre: tuple[int, ...] = (0, 0)

  def __post_init__(self):
    if self.radius < 0:
      raise ValueError(f"radius is positive, got {self.radius}.")


@dataclasses.dataclass(frozen=True)
class Square:
  side: float


@dataclasses.dataclass(frozen=True)
class Drawing:
  shape: Round | Square
  others: tuple[Square, ...] = ()
  title: str | None = None
  rows: tuple[tuple[int, ...], ...] = ()


@pytest.mark.parametrize(
  "drawing",
  [
    Drawing(Round(1.5, (2, 3))),
    Drawing(Square(2.0), (Square(0.5), Square(3.0)), "squares"),
    Drawing(Square(1.0), rows=((1, 2), (), (3,))),
  ],
)
def test_a_configuration_comes_back_as_it_was(drawing):
  """Classes, tuples in tuples, and values that may be None."""
  found = stored_json.from_json(Drawing, stored_json.to_json(drawing))
  assert found == drawing and repr(found) == repr(drawing)
  hash(found)


def test_of_several_classes_the_one_with_the_fields_is_taken():
  """And the first that has them, where fields are left out."""
  shape = Round | Square
  assert stored_json.from_json(shape, {"side": 2.0}) == Square(2.0)
  assert stored_json.from_json(shape, {"radius": 2.0}) == Round(2.0)
  with pytest.raises(ValueError, match="None of Round, Square has the .* edge"):
    stored_json.from_json(shape, {"edge": 2.0})
  with pytest.raises(ValueError, match="fields radius, side"):
    stored_json.from_json(shape, {"radius": 1.0, "side": 2.0})


@pytest.mark.parametrize(
  "value, message",
  [
    ({"shape": {"side": 1.0}, "frame": 1, "age": 2}, "Drawing has no age, fra"),
    ({"shape": {"side": 1.0}, "others": [{"edge": 1}]}, "Square has no edge"),
    ({"shape": {"radius": -1.0}}, "radius is positive, got -1.0"),
  ],
)
def test_what_does_not_fit_is_refused_by_name(value, message):
  """Unknown fields, at any depth, and what a class itself refuses."""
  with pytest.raises(ValueError, match=message):
    stored_json.from_json(Drawing, value)


@pytest.mark.parametrize(
  "name, family",
  [
    ("lapcvae_demo", LapCVAEConfig),
    ("vae_celeba64", LapCVAEConfig),
    ("lapgan_demo", LAPGANConfig),
    ("gan_cifar10", LAPGANConfig),
    ("lapgan_lsun", LAPGANConfig),
  ],
)
def test_the_family_of_a_run_is_read_off_its_fields(name, family):
  """The file names no class."""
  config = presets.PRESETS[name]()
  found = run_config.read(stored_json.to_json(config))
  assert isinstance(found.model, family) and found == config
  assert all(type(a) is type(b) for a, b in _pairs(found.model, config.model))


def _pairs(found, expected):
  return zip(found.levels, expected.levels, strict=True)


def test_a_field_of_another_version_is_named():
  """Of the run, or of a model that is of neither family."""
  stored = stored_json.to_json(presets.PRESETS["lapgan_demo"]())
  stored["training"]["tempo"] = 3
  with pytest.raises(errors.UserError, match="TrainingConfig has no tempo"):
    run_config.read(stored)
  del stored["training"]["tempo"]
  stored["model"]["colour"] = "red"
  message = "None of LapCVAEConfig, LAPGANConfig has the fields .*colour"
  with pytest.raises(errors.UserError, match=message):
    run_config.read(stored)
