"""Parzen windows of models on images in memory, with cases known by hand."""

import math
import types

import numpy as np
import pytest

from experiments.config.requests.evaluate import EvaluationRequest
from experiments.data.batches import Split
from experiments.evaluation import likelihoods
from experiments.system import errors

_WIDTHS = np.geomspace(0.2, 2.0, 15)


@pytest.fixture(scope="module")
def data():
  """Noise of 8 pixels: 40 images to train and 12 to test on."""
  generator = np.random.default_rng(0)
  train, test = (
    Split(generator.integers(0, 256, (count, 8, 8, 3), np.uint8))
    for count in (40, 12)
  )
  return types.SimpleNamespace(train=train, test=test)


def _standardised(data, images):
  """Zero mean and unit deviation of every number over training images."""
  train = data.train.images().astype(np.float64)
  return (images - train.mean(0)) / train.std(0)


def _log_normal(x, widths):
  """log N(x; 0, w^2 I), `[widths, images]`."""
  squared = np.square(x).reshape(len(x), -1).sum(1)
  size = x[0].size
  constant = size * np.log(widths * math.sqrt(2 * math.pi))
  return -0.5 * squared / widths[:, None] ** 2 - constant[:, None]


def _best(by_width, digits=2e-2):
  means = by_width.mean(1)
  return pytest.approx(means.max(), abs=0.05, rel=1e-4), pytest.approx(
    _WIDTHS[means.argmax()], abs=digits
  )


def test_the_mean_image_is_a_gaussian_around_zero(data):
  """In standardised units, of the best width."""
  actual = likelihoods.Likelihoods(data, EvaluationRequest()).baselines()
  assert list(actual) == ["mean image", "training images"]
  points = _standardised(data, data.test.images())
  by_width = _log_normal(points, _WIDTHS)
  entry = actual["mean image"]
  assert (entry["mean"], entry["sigma"]) == _best(by_width)
  spread = by_width[by_width.mean(1).argmax()].std()
  assert entry["deviation"] == pytest.approx(spread, abs=0.06)
  assert entry["standard_error"] == pytest.approx(spread / 12**0.5, abs=0.06)
  assert entry["sigma_at_edge"] is False


def test_samples_are_measured_like_training_images(data):
  """As many of either as asked."""
  protocol = EvaluationRequest(images=5, parzen_samples=9)
  actual = likelihoods.Likelihoods(data, protocol)
  samples = data.train.images(0, 9)
  expected = actual.baselines()["training images"]
  assert actual.of_samples(samples) == expected
  assert actual.of_samples(data.test.images(0, 5))["sigma"] == 0.2
  assert actual.of_samples(data.test.images(0, 5))["sigma_at_edge"] is True


def test_the_half_that_tunes_is_not_reported(data):
  """The other half's mean, at the width of the first."""
  protocol = EvaluationRequest(held_out=True)
  entry = likelihoods.Likelihoods(data, protocol).baselines()["mean image"]
  points = _standardised(data, data.test.images())
  tuned, reported = (_log_normal(p, _WIDTHS) for p in (points[:6], points[6:]))
  best = tuned.mean(1).argmax()
  assert entry["sigma"] == pytest.approx(_WIDTHS[best], abs=1e-3)
  assert entry["mean"] == pytest.approx(reported[best].mean(), abs=0.06)


def _model(sizes=(8, 4), standardisation="per_pixel"):
  """A cascade whose coarsest samples are zero."""
  config = types.SimpleNamespace(
    sizes=sizes, standardisation=standardisation, num_classes=0
  )
  return types.SimpleNamespace(
    config=config,
    draw_coarsest=lambda seed, count, labels: types.SimpleNamespace(
      numpy=lambda: np.zeros((count, sizes[-1], sizes[-1], 3))
    ),
  )


def test_the_multi_scale_estimate_is_the_sum_of_its_terms(data, monkeypatch):
  """Appendix A by hand, of a level that adds a known error.

  Bands drawn without detail score what adding nothing does.
  """
  protocol = EvaluationRequest(parzen_samples=4, parzen_draws=2)
  flat = [np.zeros((12, 8, 8, 3))]
  monkeypatch.setattr(
    likelihoods, "_with_drawn_band", lambda *arguments: flat[0]
  )
  actual = likelihoods.Likelihoods(data, protocol).multi_scale(_model())
  points = _standardised(data, data.test.images())
  coarse = points.reshape(12, 4, 2, 4, 2, 3).mean((2, 4))
  fine = points - coarse.repeat(2, axis=1).repeat(2, axis=2)
  # 144 of the 192 dimensions are detail.
  detail = _log_normal(fine, _WIDTHS)
  detail += (48 * np.log(_WIDTHS * math.sqrt(2 * math.pi)))[:, None]
  terms = [x.mean(1).max() for x in (detail, _log_normal(coarse, _WIDTHS))]
  volume = -48 * math.log(2.0)
  for name in ("multi-scale", "multi-scale, zero residual"):
    entry = actual[name]
    assert entry["volume_term"] == pytest.approx(volume, abs=0.06)
    assert [t["mean"] for t in entry["terms"]] == pytest.approx(terms, abs=0.06)
    assert entry["mean"] == pytest.approx(sum(terms) + volume, abs=0.06)
  flat[0] = points
  exact = likelihoods.Likelihoods(data, protocol).multi_scale(_model())
  better, other = exact["multi-scale"], exact["multi-scale, zero residual"]
  assert better["terms"][0]["mean"] > other["terms"][0]["mean"] + 50
  assert better["terms"][1] == other["terms"][1]


def test_a_cascade_of_other_sizes_or_units_is_refused(data):
  """With the way to have the estimate."""
  actual = likelihoods.Likelihoods(data, EvaluationRequest())
  with pytest.raises(errors.UserError, match=r"halve, got \(8, 5\). Use"):
    actual.multi_scale(_model((8, 5)))
  with pytest.raises(errors.UserError, match="=per_pixel,.* has per_channel"):
    actual.multi_scale(_model(standardisation="per_channel"))
