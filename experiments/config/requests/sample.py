"""What may be asked of a trained run that draws images."""

import dataclasses

from experiments.config.requests import check_noise


@dataclasses.dataclass(frozen=True, kw_only=True)
class SampleRequest:
  """Which images to draw.

  Attributes:
    count: How many images to draw.
    seed: An integer in [0, 2**31) that selects the noise. Batch i draws with
      (seed, i), so the images depend on `batch_size` too.
    temperature: A factor on the noise of a LapCVAE; 0 gives prior means.
    labels: Classes by name or number, which the images take in turns; empty for
      all classes of a class-conditional model.
    fixed_coarsest: Whether all images refine one coarsest image.
    pixels: Whether levels with a PixelCNN draw pixels, not their mean band.
    batch_size: The most images that are drawn at a time.
  """

  count: int = 64
  seed: int = 0
  temperature: float = 1.0
  labels: tuple[str, ...] = ()
  fixed_coarsest: bool = False
  pixels: bool = False
  batch_size: int = 64

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range.
    """
    check_noise(self.seed, self.temperature)
