"""What a figure of the papers is made of."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Figure:
  """Rows of pictures with their labels; see `charts.labelled_rows`.

  Attributes:
    rows: The uint8 `[height, width, 3]` pictures of the rows, by label.
    title: The caption above, without the names of runs.
    cells: The labels of the cells of a row, by the label of the row.
  """

  rows: Mapping[str, np.ndarray]
  title: str
  cells: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
