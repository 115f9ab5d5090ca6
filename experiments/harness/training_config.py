"""How to train, as a plain value; what to train is the families' concern."""

import dataclasses

DECAYS = ("cosine", "constant")
STRATEGIES = ("auto", "cpu", "gpu", "multi_worker", "tpu")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig:
  """One training run.

  Attributes:
    steps: Optimizer steps in total.
    batch_size: Images per step over all replicas.
    learning_rate: Of Adam, after the warm-up.
    learning_rate_decay: `cosine` falls to zero at the end of each stage of a
      greedy schedule, and of the run otherwise; `constant` stays.
    warmup_steps: Steps in which the learning rate rises from zero.
    precision: Of the layers; losses, latents and outputs stay float32.
    xla: Whether XLA compiles the step: faster on GPUs, slower on CPUs. Its
      noise differs from TensorFlow's for the same seed.
    seed: Of the weights, the order of the images and all noise.
    log_every: Steps between scalars in TensorBoard.
    validate_every: Steps between passes over the test images; also at the end.
    checkpoint_every: Steps between checkpoints; also at the end.
    keep_checkpoints: How many to keep.
    validation_images: Test images used by the passes before the last; None
      takes all. The last pass always takes all.
  """

  steps: int
  batch_size: int = 64
  learning_rate: float = 1e-3
  learning_rate_decay: str = "cosine"
  warmup_steps: int = 0
  precision: str = "float32"
  xla: bool = False
  seed: int = 0
  log_every: int = 50
  validate_every: int = 1000
  checkpoint_every: int = 500
  keep_checkpoints: int = 3
  validation_images: int | None = 2000

  def __post_init__(self):
    for field in (
      "steps",
      "batch_size",
      "log_every",
      "validate_every",
      "checkpoint_every",
      "keep_checkpoints",
    ):
      if getattr(self, field) < 1:
        raise ValueError(
          f"{field} is a count of at least 1, got {getattr(self, field)}."
        )
    if self.validation_images is not None and self.validation_images < 1:
      raise ValueError(
        "validation_images is a count of at least 1 or None, got "
        f"{self.validation_images}."
      )
    if not self.learning_rate > 0.0:
      raise ValueError(f"learning_rate is positive, got {self.learning_rate}.")
    if self.learning_rate_decay not in DECAYS:
      raise ValueError(
        f"learning_rate_decay is one of {', '.join(DECAYS)}; got "
        f"{self.learning_rate_decay!r}."
      )
    if self.precision not in PRECISIONS:
      raise ValueError(
        f"precision is one of {', '.join(PRECISIONS)}; got {self.precision!r}."
      )
    if not 0 <= self.warmup_steps < self.steps:
      raise ValueError(
        f"warmup_steps lies in [0, steps), got {self.warmup_steps} of "
        f"{self.steps} steps."
      )
    if not 0 <= self.seed < 2**31:
      raise ValueError(f"seed lies in [0, 2**31), got {self.seed}.")
