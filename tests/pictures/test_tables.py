"""Markdown tables."""

import pytest

from experiments.pictures import tables


def test_a_table_has_a_line_for_the_header_the_rule_and_every_row():
  """Empty cells stay, and a bar inside a cell does not end it."""
  assert tables.markdown(("a", "b"), [("1", ""), ("x|y", "2")]) == (
    "| a | b |\n|---|---|\n| 1 |  |\n| x\\|y | 2 |"
  )


@pytest.mark.parametrize("cells", [("1",), ("1", "2", "3")])
def test_a_row_has_as_many_cells_as_there_are_columns(cells):
  """A cell too many would be dropped by those who show the table."""
  with pytest.raises(ValueError, match=f"2 columns, but {len(cells)} cells"):
    tables.markdown(("a", "b"), [cells])


def test_numbers_have_the_decimals_and_units_asked_for():
  """What is not known is an empty cell."""
  assert tables.number(1.26, 1, " MB") == "1.3 MB"
  assert tables.number(None, 1, " MB") == ""
  assert tables.number(0.0, 0) == "0"
  assert tables.spread(-3.456, 1.0, 2) == "-3.46 +- 1.00"
