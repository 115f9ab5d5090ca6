"""How to train, as a plain value that knows no model."""

import dataclasses
import math

from pyramid_tf import choices

DECAYS = ("cosine", "constant", "per_epoch", "power")
EPOCH_DECAYS = ("per_epoch", "power")
OPTIMIZERS = ("adam", "sgd", "rmsprop")
ADVERSARY_OPTIMIZERS = ("adam", "rmsprop")
STRATEGIES = ("auto", "cpu", "gpu", "multi_worker", "tpu")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig:
  """One training run.

  Attributes:
    steps: The number of optimizer steps.
    batch_size: Images per step over all replicas.
    level_steps: Steps of each level, finest first, for models whose levels
      train alone; empty for `steps` everywhere.
    optimizer: `adam`, `sgd` with momentum, or `rmsprop` with a decay of 0.9.
    adam_beta_1: The decay of Adam's first moment per step, in [0, 1).
    adam_beta_2: The decay of Adam's second moment per step, in [0, 1).
    momentum: The momentum of SGD in the first epoch, in [0, 1).
    momentum_increase: What every epoch adds to the momentum.
    momentum_limit: The largest momentum.
    dampening: Whether SGD scales new gradients by one minus the momentum, as
      Torch's does unless told otherwise.
    epoch_steps: Steps of an epoch, for what changes from epoch to epoch.
    learning_rate: The largest rate, reached after the warm-up.
    adversary_optimizer: What moves the players of an adversarial game beside a
      likelihood: `adam` with decays of 0 and 0.99, or `rmsprop`.
    adversary_learning_rate: The largest rate of these players.
    learning_rate_decay: `cosine` falls to zero at the end of each separate
      stretch of the training; `constant` stays; `per_epoch` divides by 1 +
      `decay_per_epoch` after every epoch; `power` falls to zero by 1 - t^0.75
      (Larsen et al., 2016), with t the share of the epochs that have passed.
    decay_per_epoch: The divisor's excess over one for `per_epoch`.
    learning_rate_floor: The rate below which `per_epoch` does not fall.
    warmup_steps: Steps in which the learning rate rises from zero.
    precision: The Keras policy of the layers; losses, latents and outputs stay
      float32.
    xla: Whether XLA compiles the step, which is faster on GPUs and slower on
      CPUs. Its noise differs from TensorFlow's for the same seed.
    seed: An integer in [0, 2**31) that selects the first weights, the order of
      the images and all noise.
    log_every: Steps between scalars in TensorBoard.
    validate_every: Steps between passes over the validation images; another
      pass follows the last step.
    checkpoint_every: Steps between checkpoints; another one follows the last
      step.
    keep_checkpoints: How many checkpoints are kept.
    validation_images: How many images the passes before the last one use; None
      for all.
  """

  steps: int
  batch_size: int = 64
  level_steps: tuple[int, ...] = ()
  optimizer: str = "adam"
  adam_beta_1: float = 0.9
  adam_beta_2: float = 0.999
  momentum: float = 0.0
  momentum_increase: float = 0.0
  momentum_limit: float = 1.0
  dampening: bool = True
  epoch_steps: int = 1000
  learning_rate: float = 1e-3
  adversary_optimizer: str = "adam"
  adversary_learning_rate: float = 2e-4
  learning_rate_decay: str = "cosine"
  decay_per_epoch: float = 0.0
  learning_rate_floor: float = 1e-6
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
      "epoch_steps",
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
    for field in ("learning_rate", "adversary_learning_rate"):
      if not 0.0 < getattr(self, field) < math.inf:
        raise ValueError(f"{field} is positive, got {getattr(self, field)}.")
    if not 0.0 <= self.learning_rate_floor < math.inf:
      raise ValueError(
        f"learning_rate_floor is at least 0, got {self.learning_rate_floor}."
      )
    if not 0.0 <= self.momentum_limit <= 1.0:
      raise ValueError(
        f"momentum_limit lies in [0, 1], got {self.momentum_limit}."
      )
    choices.check(
      self,
      learning_rate_decay=DECAYS,
      optimizer=OPTIMIZERS,
      adversary_optimizer=ADVERSARY_OPTIMIZERS,
      precision=PRECISIONS,
    )
    if any(steps < 1 for steps in self.level_steps):
      raise ValueError(
        f"level_steps are counts of at least 1, got {self.level_steps}."
      )
    for field in ("adam_beta_1", "adam_beta_2", "momentum"):
      if not 0.0 <= getattr(self, field) < 1.0:
        raise ValueError(f"{field} lies in [0, 1), got {getattr(self, field)}.")
    for field in ("momentum_increase", "decay_per_epoch"):
      if not getattr(self, field) >= 0.0:
        raise ValueError(f"{field} is at least 0, got {getattr(self, field)}.")
    if not 0 <= self.warmup_steps < self.steps:
      raise ValueError(
        f"warmup_steps lies in [0, steps), got {self.warmup_steps} of "
        f"{self.steps} steps."
      )
    if not 0 <= self.seed <= choices.MAX_SEED:
      raise ValueError(
        f"seed lies in [0, {choices.MAX_SEED}], got {self.seed}."
      )

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their names."""
    needs = {}
    if self.optimizer != "sgd":
      fields = ("momentum", "momentum_increase", "momentum_limit", "dampening")
      needs |= dict.fromkeys(fields, "optimizer='sgd'")
    if self.optimizer != "adam":
      fields = ("adam_beta_1", "adam_beta_2")
      needs |= dict.fromkeys(fields, "optimizer='adam'")
    if self.learning_rate_decay != "per_epoch":
      fields = ("decay_per_epoch", "learning_rate_floor")
      needs |= dict.fromkeys(fields, "learning_rate_decay='per_epoch'")
    momentum_rises = self.optimizer == "sgd" and self.momentum_increase
    if not momentum_rises and self.learning_rate_decay not in EPOCH_DECAYS:
      needs["epoch_steps"] = (
        f"learning_rate_decay={' or '.join(map(repr, EPOCH_DECAYS))}, or a "
        "momentum_increase of SGD"
      )
    return needs

  def of_level(self, k: int) -> "TrainingConfig":
    """Returns how level `k` trains, where levels train alone."""
    steps = self.level_steps[k] if self.level_steps else self.steps
    return dataclasses.replace(self, steps=steps)
