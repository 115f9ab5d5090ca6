"""The square of a photograph that a model sees."""

import numpy as np
from PIL import Image

from experiments.config.data_config import DataConfig
from experiments.data import image_source
from experiments.system import errors


class PhotoWindow:
  """A square inside a photograph of a given size.

  Attributes:
    side: Its pixels.
  """

  def __init__(
    self,
    shape: tuple[int, int],
    data: DataConfig,
    box: tuple[int, int, int] | None = None,
    training_crop: bool = False,
  ):
    """Places the square.

    Args:
      shape: (height, width) of the photograph.
      data: What the model was trained on.
      box: (left, top, side); None for the largest centred square.
      training_crop: Without a box, takes the window of the training instead.

    Raises:
      UserError: If the square does not lie inside the photograph.
    """
    self._shape = height, width = tuple(shape)
    if box is not None:
      self._left, self._top, self.side = box
    else:
      window = image_source.Window(size=data.size)
      if training_crop:
        window = image_source.Window.of(data)
      self.side, self._top, self._left = window.place(height, width)
    lies_inside = (
      self.side >= 1
      and 0 <= self._top <= height - self.side
      and 0 <= self._left <= width - self.side
    )
    if not lies_inside:
      raise errors.UserError(
        f"The window of {self.side} pixels at ({self._left}, {self._top}) does "
        f"not lie inside the image of {width}x{height}; choose "
        "--box=LEFT,TOP,SIDE."
      )

  def cut(self, image: np.ndarray) -> np.ndarray:
    """The square of an image of the photograph's size, as a view."""
    bottom, right = self._top + self.side, self._left + self.side
    return image[self._top : bottom, self._left : right]

  def pasted(self, image: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A copy of a uint8 image with a square picture, resized, in the window."""
    found = image.copy()
    self.cut(found)[:] = resized(picture, self.side)
    return found

  def region_of(self, mask: np.ndarray) -> np.ndarray:
    """A mask in the photograph's pixels.

    Args:
      mask: [0, 1], of the photograph's size, or square: then of the window.

    Returns:
      `[height, width]` in [0, 1].

    Raises:
      UserError: If the mask has another shape or leaves the window.
    """
    height, width = self._shape
    if mask.shape != self._shape:
      if mask.shape[0] != mask.shape[1]:
        raise errors.UserError(
          f"The mask is {mask.shape[1]}x{mask.shape[0]}; make it {width}x"
          f"{height}, the photograph's size."
        )
      # Of a coarse painting: it covers the window.
      pixels = np.rint(255 * mask).astype(np.uint8)
      mask = np.zeros(self._shape)
      self.cut(mask)[:] = resized(pixels, self.side, nearest=True) / 255.0
    outside = mask.copy()
    self.cut(outside)[:] = 0.0
    if outside.max() > 0.0:
      raise errors.UserError(
        f"The region reaches out of the window of {self.side} pixels at "
        f"({self._left}, {self._top}) that the model sees; choose another one "
        "with --box=LEFT,TOP,SIDE, or change less."
      )
    return mask


def resized(pixels: np.ndarray, side: int, nearest: bool = False) -> np.ndarray:
  """Square uint8 pixels as `side` by `side`, a copy."""
  if pixels.shape[0] == side:
    return np.array(pixels)
  method = Image.Resampling.LANCZOS
  if nearest:
    method = Image.Resampling.NEAREST
  return np.asarray(Image.fromarray(pixels).resize((side, side), method))
