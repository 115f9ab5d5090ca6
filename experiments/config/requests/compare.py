"""Which finished runs may be put side by side."""

import dataclasses

from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComparisonRequest:
  """Folders of runs of one family, and what to make of them.

  Attributes:
    paper: Runs of LapCVAE for the paper's table and a sheet of images, the
      baseline first.
    rate_distortion: Runs of LapCVAE for the chart of RMSE against KL.
    swd: Runs of LAPGAN for a table of sliced Wasserstein distances.
    out: The folder to write into.
    name: The beginning of the names of all files.
    show_inputs: Whether the sheet of `paper` has test images and their
      reconstructions above the samples.
  """

  paper: tuple[str, ...] = ()
  rate_distortion: tuple[str, ...] = ()
  swd: tuple[str, ...] = ()
  out: str
  name: str
  show_inputs: bool = True

  def __post_init__(self):
    """Checks that the runs can stand in one table.

    Raises:
      UserError: If there are none, or lists of both families, or inputs are
        left out of a sheet that is not drawn.
    """
    if self.swd and (self.paper or self.rate_distortion):
      raise errors.UserError(
        "--swd takes runs of LAPGAN, --paper and --rate_distortion take runs "
        "of LapCVAE. Compare one family at a time."
      )
    if not (self.show_inputs or self.paper):
      raise errors.UserError(
        "--noshow_inputs is of the sheet of --paper, which is not given. Leave "
        "it out."
      )
    if not (self.swd or self.paper or self.rate_distortion):
      raise errors.UserError(
        "There is nothing to compare. Name runs in --paper, in "
        "--rate_distortion or in --swd."
      )
