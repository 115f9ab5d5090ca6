"""Nearest training images against a search by loops."""

import numpy as np
import pytest

from experiments.data.batches import Split
from experiments.measures import neighbours


def _images(count, seed):
  generator = np.random.default_rng(seed)
  return generator.integers(0, 256, (count, 4, 4, 3), np.uint8)


@pytest.mark.parametrize("at_once", [1, 3, 2000])
def test_neighbours_are_those_of_a_slow_search(monkeypatch, at_once):
  """Nearest first, in whatever chunks the split is read."""
  monkeypatch.setattr(neighbours, "_AT_ONCE", at_once)
  samples, images = _images(5, 0), _images(11, 1)
  actual = neighbours.nearest(samples, Split(images), 3)
  assert actual.index.dtype == np.int64
  for sample, index, distance in zip(samples, *actual, strict=True):
    by_hand = [
      np.linalg.norm((sample.astype(float) - image) / 255.0) for image in images
    ]
    np.testing.assert_array_equal(index, np.argsort(by_hand)[:3])
    np.testing.assert_allclose(distance, np.sort(by_hand)[:3], rtol=1e-12)


def test_a_copy_is_at_no_distance():
  """Exactly: squares of bytes are whole numbers."""
  images = _images(20, 2)
  actual = neighbours.nearest(images[[7, 3]], Split(images))
  np.testing.assert_array_equal(actual.index, [[7], [3]])
  np.testing.assert_array_equal(actual.distance, [[0.0], [0.0]])


def test_a_search_reports_every_chunk(monkeypatch):
  """And ends with what the report raises."""
  monkeypatch.setattr(neighbours, "_AT_ONCE", 4)
  images, reports = _images(9, 2), []
  neighbours.nearest(
    images[:2], Split(images), report=lambda *told: reports.append(told)
  )
  assert reports == [(4, 9), (8, 9), (9, 9)]
  with pytest.raises(ZeroDivisionError):
    neighbours.nearest(
      images[:2], Split(images), report=lambda done, total: 1 // 0
    )


def test_black_and_white_are_one_apart_in_every_number():
  """The unit is that of pixels in [0, 1]."""
  black, white = (np.full((1, 4, 4, 3), v, np.uint8) for v in (0, 255))
  actual = neighbours.nearest(black, Split(white))
  np.testing.assert_allclose(actual.distance, [[48**0.5]], rtol=1e-12)


def test_the_first_of_equal_images_is_named_first(monkeypatch):
  """Across chunks too."""
  monkeypatch.setattr(neighbours, "_AT_ONCE", 2)
  images = np.concatenate([_images(3, 3)] * 2)
  actual = neighbours.nearest(images[1:2], Split(images), 2)
  np.testing.assert_array_equal(actual.index, [[1, 4]])


@pytest.mark.parametrize("side, count", [(2, 1), (4, 0), (4, 4)])
def test_what_cannot_be_searched_is_refused(side, count):
  """Another size of images, or more neighbours than there are images."""
  split = Split(_images(3, 4))
  with pytest.raises(ValueError, match=r"\(4, 4, 3\)|in 1 to 3"):
    neighbours.nearest(_images(1, 5)[:, :side, :side], split, count)
