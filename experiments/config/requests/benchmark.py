"""What may be timed of presets."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchmarkRequest:
  """Presets, and how to time them.

  Attributes:
    presets: The names of the presets.
    assignments: Changes of a field in every preset, as `path=value`.
    seconds: How long each figure is measured.
    long_steps: How many steps a long run takes, whose first and last tenth are
      compared; 0 leaves it out.
    profile: The folder to keep profiles of ten steps in, for TensorBoard; None
      keeps none.
  """

  presets: tuple[str, ...] = (
    "vae_celeba64_quarter",
    "lapcvae_celeba64_quarter",
    "lapcvae_demo",
    "lapgan_cifar10_32_adam_half",
    "gan_cifar10_adam_quarter",
  )
  assignments: tuple[str, ...] = ()
  seconds: float = 5.0
  long_steps: int = 0
  profile: str | None = None
