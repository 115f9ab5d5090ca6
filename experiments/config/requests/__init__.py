"""What commands may be asked for: frozen values, their defaults written once.

Flags take their defaults from the fields here, and the rooms take the values,
so that a program asks as a command line does. Nothing imports TensorFlow.
"""

import math

from experiments.system import errors
from pyramid_tf import choices


def check_noise(seed: int, temperature: float) -> None:
  """Checks what selects and scales the noise of a request.

  Raises:
    UserError: If a value is out of its range.
  """
  if not 0 <= seed <= choices.MAX_SEED:
    raise errors.UserError(
      f"--seed={seed}: a seed lies in [0, {choices.MAX_SEED}]."
    )
  # Written so that NaN is refused.
  if not (
    math.isfinite(temperature) and 0.0 <= temperature <= choices.MAX_TEMPERATURE
  ):
    raise errors.UserError(
      f"--temperature={temperature}: a temperature lies in [0, "
      f"{choices.MAX_TEMPERATURE:g}]."
    )
