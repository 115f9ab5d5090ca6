"""Plans of trials: equal numbers, nothing twice, balanced sides."""

import collections
import itertools

import pytest
from support import small_studies

from experiments.config.requests.study import CONDITIONS, StudyRequest
from experiments.human_studies import planning
from experiments.system import errors

_SOURCES = ("real", "a", "b", "c")


def _images(plan):
  return [image for trial in plan for image in trial.shown.values()]


def test_the_paper_s_study_has_as_many_trials_as_the_paper():
  """Section 4.3 of LAPGAN: about 10,000 answers of 15 volunteers."""
  request = StudyRequest(kind="real_or_generated")
  plan = planning.plan(request, _SOURCES, 0)
  assert len(request.durations) == 11
  assert min(request.durations) == 50 and max(request.durations) == 2000
  assert abs(15 * (len(plan) - request.practice) - 10_000) < 200


@pytest.mark.parametrize("practice", [0, 1, 7])
def test_each_source_is_shown_as_often_for_each_time(practice):
  """Every cell has `repeats` trials; practice comes first and apart."""
  request = small_studies.timed(practice=practice)
  plan = planning.plan(request, _SOURCES, 3)
  assert [trial.practice for trial in plan[:practice]] == [True] * practice
  cells = collections.Counter(
    (trial.shown["image"].source, trial.requested_ms)
    for trial in plan[practice:]
  )
  assert set(cells) == set(itertools.product(_SOURCES, request.durations))
  assert set(cells.values()) == {request.repeats}


@pytest.mark.parametrize("sources", [_SOURCES[:2], _SOURCES])
@pytest.mark.parametrize("person", range(5))
def test_nobody_sees_an_image_twice(sources, person):
  """Practice included; and none that the study does not have."""
  request = small_studies.timed(practice=5)
  shown = _images(planning.plan(request, sources, person))
  assert len(set(shown)) == len(shown)
  count = planning.images_per_source(request, len(sources))
  assert {image.number for image in shown} <= set(range(count))


@pytest.mark.parametrize("pairs", [1, 2, 7, 500])
def test_each_run_stands_at_the_left_as_often(pairs):
  """In both conditions; an odd pair is either's."""
  request = small_studies.paired(pairs=pairs)
  odd = set()
  for person in range(8):
    plan = planning.plan(request, _SOURCES[:3], person)
    for condition in CONDITIONS:
      trials = [trial for trial in plan if trial.condition == condition]
      left = [trial.shown["left"].source for trial in trials]
      assert len(trials) == pairs
      assert abs(left.count("a") - left.count("b")) == pairs % 2
      odd.add(left.count("a") > left.count("b"))
  assert len(odd) == 1 + pairs % 2


def test_a_pair_is_of_one_image_and_its_original_is_shown_in_one_condition():
  """Section 5.1.2 of LapCVAE; no image comes in both conditions."""
  plan = planning.plan(small_studies.paired(), _SOURCES[:3], 0)
  numbers = []
  for trial in plan:
    assert {trial.shown["left"].source, trial.shown["right"].source} == {*"ab"}
    assert ("original" in trial.shown) == (trial.condition == "with_original")
    [number] = {image.number for image in trial.shown.values()}
    numbers.append(number)
  assert sorted(numbers) == list(range(10))


@pytest.mark.parametrize(
  "request_", [small_studies.timed(), small_studies.paired()]
)
def test_plans_follow_from_seed_and_participant(request_):
  """Others get other orders, and conditions come first in turn."""
  plans = [planning.plan(request_, _SOURCES[:3], i) for i in range(8)]
  assert plans[2] == planning.plan(request_, _SOURCES[:3], 2)
  assert all(a != b for a, b in itertools.combinations(plans, 2))
  assert len({plan[0].condition for plan in plans}) == (
    1 if request_.kind == "real_or_generated" else 2
  )


@pytest.mark.parametrize(
  "options, words",
  [
    ({"durations": (50, 50)}, "--durations=50,50"),
    ({"durations": ()}, "--durations="),
    ({"durations": (0,)}, "--durations=0"),
    ({"durations": (20_000,)}, "10000"),
    ({"repeats": 0}, "repeats=0"),
    ({"simulated": -1}, "simulated=-1"),
    ({"seed": -1}, "--seed=-1"),
    ({"kind": "other"}, "real_or_generated or which_is_better"),
  ],
)
def test_a_study_that_makes_no_sense_is_refused(options, words):
  """The value and the rule are named."""
  with pytest.raises(errors.UserError, match=words):
    StudyRequest(**{"kind": "real_or_generated", **options})
