"""What a classifier says of images, on cases with a known answer."""

import numpy as np
import pytest

from experiments.measures import object_classifier, object_scores
from experiments.measures.object_classifier import Classifier, ClassifierFacts
from experiments.system import errors


def _features(count, seed, shift=0.0, dimensions=4):
  generator = np.random.default_rng(seed)
  return generator.normal(shift, 1.0, (count, dimensions))


def test_a_set_covers_itself():
  """Kynkaanniemi et al. (2019): precision and recall of equal sets are one."""
  real = _features(300, 0)
  assert object_scores.precision_and_recall(real, real) == (1.0, 1.0)


def test_far_sets_cover_nothing_of_each_other():
  """No ball reaches across."""
  scores = object_scores.precision_and_recall(
    _features(200, 0), _features(200, 1, shift=50.0)
  )
  assert scores == (0.0, 0.0)


def test_collapse_costs_recall_and_not_precision():
  """One mode drawn again and again is real, and covers little."""
  real = _features(400, 0)
  one_mode = real[:1] + 1e-3 * _features(400, 1)
  precision, recall = object_scores.precision_and_recall(real, one_mode)
  assert precision > 0.95 and recall < 0.05


def test_few_images_have_fewer_neighbours():
  """Three cannot have a third neighbour beside themselves."""
  real = _features(3, 0)
  assert object_scores.precision_and_recall(real, real) == (1.0, 1.0)


def test_shares_are_those_of_a_direct_count():
  """Every distance at once, in plain loops."""
  real, generated = _features(30, 0), _features(30, 1, shift=0.7)

  def inside(points, centres):
    distances = np.linalg.norm(centres[:, None] - centres, axis=-1)
    radii = np.sort(distances, axis=1)[:, 3]
    reach = np.linalg.norm(points[:, None] - centres, axis=-1) <= radii
    return reach.any(1).mean()

  expected = inside(generated, real), inside(real, generated)
  actual = object_scores.precision_and_recall(real, generated)
  np.testing.assert_allclose(actual, expected)


@pytest.fixture(scope="module")
def network():
  """An untrained classifier of three classes of 8 px."""
  facts = ClassifierFacts(dataset="x", size=8, class_names=("a", "b", "c"))
  return Classifier(facts, filters=(4, 6))


@pytest.fixture(scope="module")
def pictures():
  """Two hundred images of noise, of another size than the classifier's."""
  generator = np.random.default_rng(2)
  return generator.integers(0, 256, (200, 12, 12, 3), np.uint8)


def test_real_images_are_at_no_distance_from_themselves(network, pictures):
  """And their own predictions are the classes that they should show."""
  judge = object_classifier.Judge(network)
  labels = judge(pictures)[1].argmax(1)
  figures = object_scores.figures(judge, pictures, pictures, labels)
  assert abs(figures["fd_own"]) < 1e-6
  assert figures["precision"] == figures["recall"] == 1.0
  assert figures["class_accuracy"] == 1.0
  assert 1 / 3 <= figures["confidence"] <= 1.0
  assert 1.0 <= figures["diversity"] <= 3.0
  wrong = object_scores.figures(judge, pictures, pictures, (labels + 1) % 3)
  assert wrong["class_accuracy"] == 0.0
  none = object_scores.figures(judge, pictures, pictures)
  assert none["class_accuracy"] is None


def test_other_images_are_further_away_than_more_of_the_same(network, pictures):
  """Grey images have none of the noise's features."""
  judge = object_classifier.Judge(network)
  grey = np.full_like(pictures, 128)
  far = object_scores.figures(judge, pictures[:100], grey[:100])
  near = object_scores.figures(judge, pictures[:100], pictures[100:])
  assert far["fd_own"] > 2 * near["fd_own"]


def test_a_saved_classifier_says_the_same(network, pictures, tmp_path):
  """Its classes, size and dataset are in the file."""
  path = tmp_path / "classifier.keras"
  network.save(path)
  loaded = object_classifier.load(path)
  assert loaded.facts == network.facts
  for actual, expected in zip(
    loaded(pictures), object_classifier.Judge(network)(pictures), strict=True
  ):
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_what_is_no_classifier_is_refused(tmp_path):
  """The path and the command that makes one are named."""
  (tmp_path / "broken.keras").write_bytes(b"x")
  for name in ("broken.keras", "missing.keras"):
    with pytest.raises(errors.UserError, match=f"{name}.*experiments.classif"):
      object_classifier.load(tmp_path / name)
