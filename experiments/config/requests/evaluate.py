"""What may be measured of trained runs."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
  """What to measure, and with how many images.

  Attributes:
    images: How many test images have their likelihood estimated.
    samples: How many samples are drawn for distances and diversity; no more are
      used than there are test images.
    parzen_samples: How many samples a Parzen window has; the paper's has
      50,000.
    parzen_draws: How many bands are drawn for each image and level of the
      multi-scale Parzen window.
    held_out: Whether widths of windows are tuned on one half of the images and
      the other half is reported; the paper tunes on those that it reports.
    author_draws: How many reconstructions of each image are drawn for the RMSE
      by the protocol of LapCVAE's author, who draws 25; 0 leaves it out.
    inception_weights: The path of the weights of Keras' InceptionV3 without its
      top, for FID and KID; None leaves both out.
    classifier: The path of a classifier that experiments.classifier saved, for
      what it sees in samples; None leaves that out.
    given: Whether what finer levels make of true coarse images is measured.
  """

  images: int = 1000
  samples: int = 5000
  parzen_samples: int = 10_000
  parzen_draws: int = 50
  held_out: bool = False
  author_draws: int = 0
  inception_weights: str | None = None
  classifier: str | None = None
  given: bool = True
