"""Which trials a participant gets, and in which order.

A plan depends on the study's seed and the participant's number alone. Nothing
here knows of files, pages or models: an image is a source and a number.
"""

import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.config.requests.study import CONDITIONS, StudyRequest

REAL = "real"
"""The source of test images, beside the names of runs."""


class ImageKey(NamedTuple):
  """An image of a study: the run that made it, or `REAL`, and its number."""

  source: str
  number: int


@dataclasses.dataclass(frozen=True)
class Trial:
  """One question to a participant.

  Attributes:
    shown: The images by their role: `image` of `real_or_generated`, `left`,
      `right` and perhaps `original` of `which_is_better`.
    practice: Whether the answer does not count.
    requested_ms: How long to show the image; None until the answer.
    condition: One of `CONDITIONS`; None in `real_or_generated`.
  """

  shown: Mapping[str, ImageKey]
  practice: bool = False
  requested_ms: int | None = None
  condition: str | None = None


def images_per_source(request: StudyRequest, num_sources: int) -> int:
  """Returns how many images of each source a plan needs.

  Args:
    request: The study.
    num_sources: The number of sources, real images included.
  """
  if request.kind == "which_is_better":
    return request.pairs * len(CONDITIONS)
  practice = -(-request.practice // num_sources)
  return request.repeats * len(request.durations) + practice


def plan(
  request: StudyRequest, sources: Sequence[str], participant: int
) -> list[Trial]:
  """Returns the trials of a participant in their order.

  Args:
    request: The study.
    sources: `REAL`, then the names of the runs.
    participant: A number, different for each.
  """
  generator = random.Random(f"{request.seed} {participant}")
  if request.kind == "which_is_better":
    return _pairs(request, sources, generator)
  return _timed_images(request, sources, generator)


def _timed_images(
  request: StudyRequest, sources: Sequence[str], generator: random.Random
) -> list[Trial]:
  """Every source equally often with every duration, in random order."""
  count = images_per_source(request, len(sources))
  unseen = {source: generator.sample(range(count), count) for source in sources}

  def trial(source: str, ms: int, practice: bool) -> Trial:
    image = ImageKey(source, unseen[source].pop())
    return Trial({"image": image}, practice, ms)

  first = generator.sample(sources, len(sources))
  tried = [
    trial(first[i % len(first)], generator.choice(request.durations), True)
    for i in range(request.practice)
  ]
  cells = [(source, ms) for source in sources for ms in request.durations]
  cells *= request.repeats
  generator.shuffle(cells)
  return tried + [trial(source, ms, False) for source, ms in cells]


def _pairs(
  request: StudyRequest, sources: Sequence[str], generator: random.Random
) -> list[Trial]:
  """Both conditions one after the other, each alternative as often at left."""
  _, *alternatives = sources
  count = images_per_source(request, len(sources))
  unseen = generator.sample(range(count), count)
  trials = []
  for condition in generator.sample(CONDITIONS, len(CONDITIONS)):
    sides = [i % 2 for i in range(request.pairs)]
    if generator.random() < 0.5:
      # Otherwise the first run would have the odd one every time.
      sides = [1 - side for side in sides]
    generator.shuffle(sides)
    for side in sides:
      number = unseen.pop()
      shown = {
        "left": ImageKey(alternatives[side], number),
        "right": ImageKey(alternatives[1 - side], number),
      }
      if condition == "with_original":
        shown["original"] = ImageKey(REAL, number)
      trials.append(Trial(shown, condition=condition))
  return trials
