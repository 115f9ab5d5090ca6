"""Which figure of the papers may be drawn."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureRequest:
  """A figure, and how many images it has.

  Attributes:
    figure: One of `FIGURES`.
    count: How many images a row has.
    seed: An integer in [0, 2**31) that selects the noise; equal seeds give
      equal figures.
  """

  figure: str
  count: int = 8
  seed: int = 0


EDITS = ("lapcvae_1", "lapcvae_9")
"""The figures that edit an image."""

FIGURES = (
  "lapcvae_1",
  "lapcvae_4",
  "lapcvae_5",
  "lapcvae_6",
  "lapcvae_7",
  "lapcvae_8",
  "given",
  "lapcvae_9",
  "lapgan_3",
  "lapgan_4",
  "lapgan_5",
  "lapgan_supp",
  "curves",
)

STUDIES = ("lapgan_6", "lapcvae_table2")
"""What is made of the answers of a human study, in place of runs."""
