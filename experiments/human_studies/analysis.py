"""What the answers of a study say, by participant and over participants.

Practice and marked answers do not count. A deviation is that of a sample, with
n - 1 below, across participants; it is NaN for one participant.
"""

import collections
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

_Answers = Iterable[Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Spread:
  """A fraction over participants.

  Attributes:
    mean: The mean of the participants' own fractions.
    deviation: Their standard deviation.
    participants: How many there are.
  """

  mean: float
  deviation: float
  participants: int


def counted(answers: _Answers) -> list[Mapping[str, Any]]:
  """Returns the answers that count; see `StudyFile.answers`."""
  return [
    answer
    for answer in answers
    if not answer["practice"] and not answer["marked"]
  ]


def believed_real(
  answers: _Answers,
) -> tuple[dict[str, dict[int, Spread]], dict[str, Spread]]:
  """The fraction of images believed real (Denton et al., 2015, Figure 6).

  Args:
    answers: Those of a study of `real_or_generated`.

  Returns:
    By source and presentation time in milliseconds, and by source over all
    times.
  """
  by_time = collections.defaultdict(list)
  over_all = collections.defaultdict(list)
  for answer in counted(answers):
    source, person = answer["image"].source, answer["participant"]
    said = person, answer["choice"] == "real"
    by_time[source, answer["requested_ms"]].append(said)
    over_all[source].append(said)
  curves = collections.defaultdict(dict)
  for source, ms in sorted(by_time):
    curves[source][ms] = _spread(by_time[source, ms])
  return dict(curves), {key: _spread(said) for key, said in over_all.items()}


def preferences(
  answers: _Answers, alternatives: Sequence[str]
) -> dict[str, dict[str, Spread]]:
  """How often each run is preferred (Dorta et al., 2017, Table 2).

  Args:
    answers: Those of a study of `which_is_better`.
    alternatives: The names of both runs.

  Returns:
    Fractions by condition and run.
  """
  chosen = collections.defaultdict(list)
  for answer in counted(answers):
    preferred = answer[answer["choice"]].source
    chosen[answer["condition"]].append((answer["participant"], preferred))
  return {
    condition: {
      run: _spread([(person, run == name) for person, name in said])
      for run in alternatives
    }
    for condition, said in chosen.items()
  }


def _spread(said: Sequence[tuple[int, bool]]) -> Spread:
  """Pairs of a participant and whether the answer was yes."""
  by_person = collections.defaultdict(list)
  for person, yes in said:
    by_person[person].append(yes)
  fractions = [np.mean(yes) for yes in by_person.values()]
  deviation = np.std(fractions, ddof=1) if len(fractions) > 1 else np.nan
  return Spread(float(np.mean(fractions)), float(deviation), len(fractions))
