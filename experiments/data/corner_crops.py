"""Windows of images, read as if each were an image of its own."""

import numpy as np

_CORNERS = 4


class CornerCrops:
  """An array-like of the corner windows of images (Denton et al., 2015).

  Entry 4 i + j is corner j of image i: top left, top right, bottom left, bottom
  right. Nothing is copied before it is read.

  Attributes:
    shape: `(4 N, size, size, channels)`.
  """

  def __init__(self, images: np.ndarray, size: int):
    """Wraps `[N, height, width, channels]`."""
    self._images = images
    self._size = size
    self.shape = (_CORNERS * len(images), size, size, images.shape[3])

  def __len__(self):
    return self.shape[0]

  def __getitem__(self, indices):
    """The windows of a slice or of an integer array, copied."""
    if isinstance(indices, slice):
      indices = np.arange(*indices.indices(len(self)))
    images = self._images[indices // _CORNERS]
    down = images.shape[1] - self._size
    right = images.shape[2] - self._size
    windows = np.empty((len(indices), *self.shape[1:]), images.dtype)
    for corner in range(_CORNERS):
      top, left = down * (corner // 2), right * (corner % 2)
      chosen = indices % _CORNERS == corner
      windows[chosen] = images[
        chosen, top : top + self._size, left : left + self._size
      ]
    return windows


class CentreCrops:
  """An array-like of the centred windows of images.

  Attributes:
    shape: `(N, size, size, channels)`.
  """

  def __init__(self, images: np.ndarray, size: int):
    """Wraps `[N, height, width, channels]`."""
    self._images = images
    top = (images.shape[1] - size) // 2
    left = (images.shape[2] - size) // 2
    self._window = (slice(top, top + size), slice(left, left + size))
    self.shape = (len(images), size, size, images.shape[3])

  def __len__(self):
    return self.shape[0]

  def __getitem__(self, indices):
    """The windows of a slice or of an integer array, copied."""
    images = np.asarray(self._images[indices])
    return np.array(images[:, *self._window])
