"""What a hand does on the studio's pages."""

import pathlib

import numpy as np
from PIL import Image


def open_photograph(page, path):
  """Opens a file, and waits until it is shown."""
  page.set_input_files("#file", str(path))
  page.wait_for_selector("body.opened")


def drag(page, canvas, *points):
  """Drags over points that are fractions of a canvas."""
  page.locator(canvas).scroll_into_view_if_needed()
  box = page.locator(canvas).bounding_box()
  places = [
    (box["x"] + x * box["width"], box["y"] + y * box["height"])
    for x, y in points
  ]
  page.mouse.move(*places[0])
  page.mouse.down()
  for place in places[1:]:
    page.mouse.move(*place, steps=4)
  page.mouse.up()


def saved(page, button, folder):
  """Clicks a button that downloads; returns the file, in the folder."""
  with page.expect_download() as told:
    page.click(button)
  path = pathlib.Path(folder) / told.value.suggested_filename
  told.value.save_as(path)
  return path


def pixels(path):
  """The array of a picture."""
  with Image.open(path) as picture:
    return np.asarray(picture)


def wait_for_drawing(page, number):
  """Waits until so many variations stand there, of the newest marks."""
  page.wait_for_function(
    "count => document.querySelectorAll('.thumb').length === count"
    " && !document.body.classList.contains('busy')"
    " && !document.getElementById('accept').disabled",
    arg=number,
  )
