"""What may be asked of the training of a classifier."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifierRequest:
  """Which classifier to train.

  Attributes:
    dataset: The name of labelled images, as `DataConfig.name`.
    size: The side of the images in pixels.
    steps: The number of optimizer steps.
    batch_size: Images per step.
    seed: An integer in [0, 2**31) that selects weights, order and shifts.
  """

  dataset: str = "cifar10"
  size: int = 32
  steps: int = 6000
  batch_size: int = 128
  seed: int = 0
