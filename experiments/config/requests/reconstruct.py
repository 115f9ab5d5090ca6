"""What may be asked of a trained run that encodes images."""

import dataclasses

from experiments.config.requests import check_noise
from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReconstructionRequest:
  """How to reconstruct images.

  Attributes:
    training_crop: Whether to cut the window that the training data had, instead
      of the largest centred square.
    fixed_from: Levels k >= `fixed_from` keep what the image shows, finer levels
      are drawn; 0 keeps all levels.
    seed: An integer in [0, 2**31) that selects the noise of drawn levels.
    temperature: A factor on the noise of drawn levels.
    batch_size: The most images that are encoded at a time.
  """

  training_crop: bool = False
  fixed_from: int = 0
  seed: int = 0
  temperature: float = 1.0
  batch_size: int = 64

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range, or would have no effect.
    """
    check_noise(self.seed, self.temperature)
    if not self.fixed_from and self.temperature != 1.0:
      raise errors.UserError(
        f"--temperature={self.temperature} scales the noise of drawn levels, "
        "and --fixed_from=0 draws none. Give --fixed_from as well, or leave "
        "this out."
      )
