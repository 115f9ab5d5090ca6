"""The history of a desk, and the edits that it makes files of."""

import numpy as np
import pytest

from experiments.config.requests.edit import EditRequest
from experiments.editing.step import Step
from experiments.system import errors
from experiments.web_studio import history
from experiments.web_studio.history import Accepted, History


def _step(seed):
  region = np.ones((2, 2), np.uint8)
  return Step(EditRequest(seed=seed), None, region, None, None, 0)


def _brighter(pixels, seed):
  return Accepted.between(_step(seed), "model", pixels, pixels + 1)


def test_an_edit_that_fills_the_history_can_be_opened_again():
  """What is chosen besides counts; the first step is in the photograph."""
  kept, pixels = History(), np.zeros((2, 2, 3), np.uint8)
  for seed in range(history.MAX_STEPS):
    kept.add(_brighter(pixels, seed))
    pixels = pixels + 1
  with pytest.raises(errors.UserError, match="has 100 steps"):
    kept.add(_brighter(pixels, 100))
  whole = kept.file(pixels, "model", {}, [])
  np.testing.assert_array_equal(whole.photograph, np.zeros_like(pixels))
  assert len(whole.steps) == history.MAX_STEPS
  more = kept.file(pixels, "model", {}, [_step(100)])
  np.testing.assert_array_equal(more.photograph, np.ones_like(pixels))
  assert [step.request.seed for step in more.steps] == list(range(1, 101))
