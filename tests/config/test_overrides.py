"""Changes of a configuration: typed, checked, and answered with right names."""

import dataclasses

import pytest

from experiments.config import overrides, presets
from experiments.system import errors


@dataclasses.dataclass(frozen=True)
class Part:
  size: int = 8
  weight: float = 1.0

  def __post_init__(self):
    if self.size < 1:
      raise ValueError(f"size is at least 1, got {self.size}.")


@dataclasses.dataclass(frozen=True)
class Whole:
  parts: tuple[Part, ...] = (Part(), Part(4), Part(2))
  first: Part = Part()
  steps: int = 10
  rate: float = 0.5
  name: str = "a"
  flip: bool = True
  limit: int | None = 3
  label: str | None = None
  filters: tuple[int, ...] = (1, 2, 3)
  scales: tuple[float, ...] = (1.0,)
  words: tuple[str, ...] = ()


def _changed(*assignments):
  return overrides.apply_overrides(Whole(), assignments)


def _message(*assignments):
  with pytest.raises(overrides.OverrideError) as caught:
    _changed(*assignments)
  return str(caught.value)


@pytest.mark.parametrize(
  "assignment, field, value",
  [
    ("steps=100", "steps", 100),
    ("steps=1_000", "steps", 1000),
    ("rate=0.25", "rate", 0.25),
    ("rate=1e-3", "rate", 1e-3),
    ("rate=2", "rate", 2.0),
    ("name=folder:/a b=c", "name", "folder:/a b=c"),
    ("name=7", "name", "7"),
    ("name=None", "name", "None"),
    ("name=", "name", ""),
    ("flip=False", "flip", False),
    ("limit=None", "limit", None),
    ("limit=5", "limit", 5),
    ("label=None", "label", None),
    ("label=x", "label", "x"),
    ("filters=(4,5)", "filters", (4, 5)),
    ("filters=[4, 5]", "filters", (4, 5)),
    ("filters=()", "filters", ()),
    ("scales=(1, 2.5)", "scales", (1.0, 2.5)),
    ("words=('a', 'b')", "words", ("a", "b")),
  ],
)
def test_values_take_the_type_of_their_field(assignment, field, value):
  """A number for a text stays text, an integer for a float becomes one."""
  changed = _changed(assignment)
  assert getattr(changed, field) == value
  assert type(getattr(changed, field)) is type(value)
  if isinstance(value, tuple):
    assert [type(v) for v in getattr(changed, field)] == [*map(type, value)]
  assert dataclasses.replace(changed, **{field: getattr(Whole(), field)}) == (
    Whole()
  )


def test_paths_lead_into_dataclasses_and_tuples():
  """An index names one entry, a star all of them."""
  assert _changed("first.size=3").first == Part(3)
  assert [p.size for p in _changed("parts.1.size=9").parts] == [8, 9, 2]
  assert [p.weight for p in _changed("parts.*.weight=2").parts] == [2.0] * 3
  assert _changed("filters.2=7").filters == (1, 2, 7)
  assert _changed("filters.*=7").filters == (7, 7, 7)


def test_later_assignments_see_earlier_ones():
  """All of them, then one of them."""
  changed = _changed("parts.*.size=3", "parts.0.size=5", "steps=1", "steps=2")
  assert [part.size for part in changed.parts] == [5, 3, 3]
  assert changed.steps == 2


def test_the_original_is_untouched():
  """Presets may be shared."""
  whole = Whole()
  overrides.apply_overrides(whole, ["steps=3", "parts.*.size=3"])
  assert whole == Whole()


@pytest.mark.parametrize(
  "assignment, pieces",
  [
    ("steps", ["path=value", "training.steps=100", "'steps'"]),
    ("=3", ["path=value", "'=3'"]),
    ("stepz=3", ["'stepz' names no field", "Whole has:", "Did you mean steps"]),
    ("qqq=3", ["Whole has: filters, first, flip, label, limit, name, parts,"]),
    ("first.siz=3", ["Part has: size, weight", "Did you mean size?"]),
    ("parts.*.siz=3", ["parts.*.siz: 'siz'", "Part has: size, weight"]),
    ("parts.3.size=3", ["'3' is no entry; use 0 to 2, or * for all"]),
    ("parts.-1.size=3", ["'-1' is no entry; use 0 to 2"]),
    ("parts.x.size=3", ["'x' is no entry; use 0 to 2"]),
    ("steps.x=3", ["steps is a plain value", "steps=value"]),
    ("first=3", ["first has fields of its own, set one of: size, weight"]),
    ("parts.0=3", ["parts.0 has fields of its own", "size, weight"]),
    ("parts=(1, 2)", ["Part entries", "parts.0.size=value"]),
    ("steps=1.5", ["steps takes int, got '1.5'"]),
    ("steps=x", ["steps takes int, got 'x'"]),
    ("steps=", ["steps takes int, got ''"]),
    ("steps=None", ["steps takes int, got 'None'"]),
    ("steps=True", ["steps takes int, got 'True'"]),
    ("steps={[]: 1}", ["steps takes int"]),
    ("flip=1", ["flip takes bool, got '1'"]),
    ("flip=yes", ["flip takes bool, got 'yes'"]),
    ("rate=fast", ["rate takes float, got 'fast'"]),
    ("limit=many", ["limit takes int, got 'many'"]),
    ("filters=3", ["filters takes tuple, got '3'"]),
    ("filters=(1, 2.5)", ["filters takes int, got '2.5'"]),
    ("filters.0=x", ["filters.0 takes int, got 'x'"]),
    ("filters.0.y=2", ["0 is a plain value", "filters.0=value"]),
  ],
)
def test_mistakes_are_answered_with_the_remedy(assignment, pieces):
  """A misspelt name never goes unnoticed, and the message says what would."""
  message = _message(assignment)
  for piece in pieces:
    assert piece in message


def test_refusals_of_the_configuration_name_the_assignment():
  """The rule of the field comes through, as a mistake of the user."""
  message = _message("parts.*.size=0")
  assert message == "parts.*.size=0: size is at least 1, got 0."
  assert issubclass(overrides.OverrideError, errors.UserError)


@pytest.mark.parametrize(
  "base, other",
  [
    ("lapcvae_celeba64", "lapcvae_celeba64_calibrated_eighth"),
    ("lapcvae_celeba128_no_m", "lapcvae_celeba128"),
    ("vae_celeba64", "vae_celeba128_half"),
  ],
)
def test_the_difference_of_configurations_leads_from_one_to_the_other(
  base, other
):
  """As texts for --set; a configuration does not differ from itself."""
  start, end = presets.PRESETS[base](), presets.PRESETS[other]()
  end = dataclasses.replace(
    end,
    data=dataclasses.replace(end.data, name="folder:/a b=c", train_limit=7),
  )
  changes = overrides.assignments_between(start, end)
  assert overrides.apply_overrides(start, changes) == end
  back = overrides.assignments_between(end, start)
  assert overrides.apply_overrides(end, back) == start
  assert overrides.assignments_between(end, end) == []
