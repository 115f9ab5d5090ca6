"""Configurations from JSON: of the right classes, or refused."""

import dataclasses

import pytest

from experiments.config import presets, run_config, stored_json
from experiments.system import errors


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


@pytest.mark.parametrize("name", sorted(presets.PRESETS))
def test_a_configuration_survives_its_file(name):
  """Equal in every field, of the same types throughout, its family too."""
  config = presets.PRESETS[name]()
  found = run_config.read(stored_json.to_json(config))
  assert found == config and repr(found) == repr(config)


@pytest.mark.parametrize(
  "inside, field", [("training", "tempo"), ("model", "colour")]
)
def test_a_field_of_another_version_is_named(inside, field):
  """With the folder of the run, as there may be several."""
  stored = stored_json.to_json(presets.PRESETS["lapgan_demo"]())
  stored[inside][field] = 3
  with pytest.raises(errors.UserError, match=f"a/run/config.json.*{field}"):
    run_config.read(stored, "a/run")
