"""Desks are bounded in number, memory and age."""

import gc
import tracemalloc
import types

import numpy as np
import pytest

from experiments.config import choices
from experiments.config.requests.edit import EditRequest
from experiments.editing.step import LevelChange, Step
from experiments.web_studio import desks
from experiments.web_studio.desk import Desk
from experiments.web_studio.desks import Desks, Gone
from experiments.web_studio.worker import Job


class _Clock:
  now = 0.0

  def __call__(self):
    return self.now


@pytest.fixture
def clock(monkeypatch):
  """Seconds that a test turns; desks hold as much as it says."""
  monkeypatch.setattr(
    desks, "Desk", lambda model: types.SimpleNamespace(bytes=0)
  )
  return _Clock()


def test_the_least_recently_used_goes_first(clock):
  """And its owner is told why."""
  room = Desks(most=2, clock=clock)
  first, second = room.new(None)[0], room.new(None)[0]
  room.get(first)
  third = room.new(None)[0]
  assert len(room) == 2
  room.get(first), room.get(third)
  with pytest.raises(Gone, match="make room.*again"):
    room.get(second)


def test_memory_is_bounded_but_the_desk_at_work_stays(clock):
  """Whatever its size."""
  room = Desks(most_bytes=100, clock=clock)
  small, desk = room.new(None)
  desk.bytes = 60
  large, desk = room.new(None)
  desk.bytes = 200
  room.tidy(large)
  room.get(large)
  with pytest.raises(Gone, match="make room"):
    room.get(small)


@pytest.mark.parametrize("onto", choices.BASES)
@pytest.mark.parametrize("blend", choices.BLENDS)
def test_a_desk_counts_the_memory_that_it_holds(models, blend, onto):
  """Photographs, steps, variations and what composites them; within 5 %."""
  # What is compiled, and matrices that are kept for all desks, come first.
  _desk_with_two_steps(models, blend, onto)
  gc.collect()
  tracemalloc.start()
  desk = _desk_with_two_steps(models, blend, onto)
  gc.collect()
  held, _ = tracemalloc.get_traced_memory()
  tracemalloc.stop()
  assert desk.bytes == pytest.approx(held, rel=0.05)


def _desk_with_two_steps(models, blend, onto):
  """Changed levels that were accepted, and a painting that is looked at."""
  random, desk = np.random.default_rng(0), Desk(models.named("tiny"))
  photographs = random.integers(0, 255, (2, 600, 800, 3), np.uint8)
  desk.open(photographs[0].copy())
  desk.open_second(photographs[1].copy())
  mask = np.zeros((600, 600), np.uint8)
  mask[20:500, 30:590] = 255
  paint = np.zeros((600, 800, 4), np.uint8)
  paint[100:560, 150:600] = [20, 200, 40, 255]
  request = EditRequest(level=1, count=2, blend=blend, onto=onto)
  changes = (LevelChange("second"), LevelChange("drawn"), LevelChange())
  for step in (
    Step(request, mask=mask, changes=changes),
    Step(request, paint=paint),
  ):
    drawing = desk.draw(step, Job(lambda job: None, None))
    desk.composite(drawing.number, 1)
    if step.changes is not None:
      desk.accept(drawing.number, 1)
  return desk


def test_a_desk_may_rest_for_some_hours(clock):
  """Then it is put away."""
  room = Desks(seconds=7200, clock=clock)
  name = room.new(None)[0]
  clock.now = 7000
  room.get(name)
  clock.now = 14_000
  room.get(name)
  clock.now = 21_300
  with pytest.raises(Gone, match="more than 2 hours"):
    room.get(name)


def test_a_desk_of_another_studio_is_gone_too(clock):
  """Its page was open when the studio was started anew."""
  with pytest.raises(Gone, match="started anew"):
    Desks(clock=clock).get("x")


def test_a_page_is_told_that_its_desk_is_gone(
  make_client, new_page, pixels, painting
):
  """With a status of its own, at every request."""
  client = make_client(desks=Desks(most=1))
  old = new_page(client, pixels)
  new_page(client, pixels)
  assert "make room" in old.refusal("draw", 410, json=painting)
  assert old.ask("GET", "").status_code == 410
