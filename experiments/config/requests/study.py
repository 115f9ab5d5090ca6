"""What may be asked of a human study."""

import dataclasses

from experiments.config.requests import check_noise
from experiments.system import errors

KINDS = ("real_or_generated", "which_is_better")
"""LAPGAN's Figure 6 and LapCVAE's Table 2."""

CONDITIONS = ("without_original", "with_original")
"""The two experiments of LapCVAE's Table 2."""

MAX_RUNS = {"real_or_generated": 3, "which_is_better": 2}
MIN_RUNS = {"real_or_generated": 1, "which_is_better": 2}

_LONGEST_MS = 10_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class StudyRequest:
  """Which study, and how long it is for each person.

  Attributes:
    kind: One of `KINDS`.
    durations: Presentation times of `real_or_generated` in milliseconds. The
      paper has 11 from 50 to 2000 and does not list them; the defaults are
      whole frames at 60 Hz.
    repeats: How many images of each source a person sees for each duration; 15
      with four sources are the paper's 10,000 answers of 15 volunteers.
    practice: How many trials come before, which do not count.
    pairs: How many pairs of `which_is_better` a person judges in each of
      `CONDITIONS`.
    max_participants: How many people may take part.
    simulated: How many participants are simulated, in place of people; 0 for
      people.
    seed: An integer in [0, 2**31) that selects images, orders and sides.
  """

  kind: str
  durations: tuple[int, ...] = (
    *(50, 67, 100, 150, 200, 300, 400, 650, 1000, 1400, 2000),
  )
  repeats: int = 15
  practice: int = 8
  pairs: int = 500
  max_participants: int = 100
  simulated: int = 0
  seed: int = 0

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range.
    """
    if self.kind not in KINDS:
      raise errors.UserError(f"--kind={self.kind}: use {' or '.join(KINDS)}.")
    for field, least in (
      ("repeats", 1),
      ("practice", 0),
      ("pairs", 1),
      ("max_participants", 1),
      ("simulated", 0),
    ):
      value = getattr(self, field)
      if value < least:
        raise errors.UserError(f"{field}={value}: give at least {least}.")
    wrong = [ms for ms in self.durations if not 1 <= ms <= _LONGEST_MS]
    if wrong or len(set(self.durations)) < max(1, len(self.durations)):
      raise errors.UserError(
        f"--durations={','.join(map(str, self.durations))}: give different "
        f"whole milliseconds from 1 to {_LONGEST_MS}, such as 50,200,2000."
      )
    check_noise(self.seed, 1.0)
