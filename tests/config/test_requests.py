"""Requests check themselves, as flags do, for programs that make them."""

import functools

import pytest

from experiments.config.requests.edit import EditRequest
from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.config.requests.sample import SampleRequest
from experiments.system import errors


@pytest.mark.parametrize(
  "request_class", [SampleRequest, ReconstructionRequest, EditRequest]
)
@pytest.mark.parametrize(
  "field, values",
  [
    ("temperature", (float("nan"), float("inf"), -1.0, 10.5)),
    ("seed", (-1, 2**31, 10**23)),
  ],
)
def test_noise_that_cannot_be_is_refused(request_class, field, values):
  """The value is named; its bounds are allowed."""
  for value in values:
    with pytest.raises(errors.UserError, match=f"--{field}={value}"):
      request_class(**{field: value})
  if request_class is ReconstructionRequest:
    request_class = functools.partial(request_class, fixed_from=1)
  assert request_class(temperature=10.0, seed=2**31 - 1).seed == 2**31 - 1
