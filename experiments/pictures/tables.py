"""Tables in Markdown, the one place that writes them."""

from collections.abc import Iterable, Sequence


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
  """Returns a Markdown table.

  Args:
    header: The names of the columns.
    rows: The cells of every row, as many as there are columns.

  Raises:
    ValueError: If a row has too many or too few cells.
  """
  rows = list(rows)
  for row in rows:
    if len(row) != len(header):
      raise ValueError(f"{len(header)} columns, but {len(row)} cells: {row}.")
  return "\n".join(
    [_line(header), "|" + "---|" * len(header), *(_line(row) for row in rows)]
  )


def number(value: float | None, digits: int, unit: str = "") -> str:
  """Returns a number of so many decimals and its unit; nothing for None."""
  return "" if value is None else f"{value:.{digits}f}{unit}"


def spread(mean: float, deviation: float, digits: int) -> str:
  """Returns a mean and its deviation or error, as the papers print them."""
  return f"{mean:.{digits}f} +- {deviation:.{digits}f}"


def _line(cells: Sequence[str]) -> str:
  # A bar of its own would end a cell.
  escaped = (cell.replace("|", r"\|") for cell in cells)
  return f"| {' | '.join(escaped)} |"
