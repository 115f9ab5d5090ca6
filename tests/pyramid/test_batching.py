"""Concurrent calls that run together give what each gives alone."""

import concurrent.futures

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import export as lapcvae_export
from lapgan_tf import export as lapgan_export
from pyramid_tf import batching, saved_models
from pyramid_tf.batching import Batching
from pyramid_tf.served_inputs import Input

_MANY = Batching(rows=8, microseconds=200_000)


def _sizes_seen(batching_of, calls):
  """How many rows run at a time when calls come together."""
  seen = []

  def note(x):
    rows = tf.shape(x)[0]
    return {"rows": tf.fill([rows], rows), "twice": 2.0 * x}

  served = saved_models.signature(
    batching.together(note, batching_of), x=Input((None,), tf.float32)
  )
  with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
    answers = list(threads.map(lambda x: served(tf.constant(x)), calls))
  for given, answer in zip(calls, answers, strict=True):
    np.testing.assert_array_equal(answer["twice"], 2 * np.float32(given))
    seen.append(answer["rows"].numpy().tolist())
  return seen


def test_calls_that_come_together_run_together():
  """Up to the rows of a batch, and each gets its own rows back."""
  calls = [[float(i)] * 2 for i in range(4)]
  assert _sizes_seen(_MANY, calls) == [[8, 8]] * 4
  assert _sizes_seen(None, calls) == [[2, 2]] * 4


def test_larger_calls_are_split():
  """A call of more rows than a batch has is answered whole."""
  assert max(_sizes_seen(_MANY, [[float(i) for i in range(20)]])[0]) == 8


def test_two_functions_do_not_meet_in_one_queue(tmp_path):
  """Within one SavedModel, in one process, and in two versions of it."""

  def export(factor):
    served = {
      name: saved_models.signature(
        batching.together(
          lambda x, sign=sign: {"y": sign * factor * x}, Batching()
        ),
        x=Input((None,), tf.float32),
      )
      for name, sign in (("plus", 1.0), ("minus", -1.0))
    }
    path = tmp_path / str(factor)
    saved_models.save(path, served, "plus", [])
    return saved_models.load(path)

  loaded = {factor: export(factor) for factor in (1.0, 2.0)}
  ones = tf.ones(3)
  for _ in range(2):
    for factor, served in loaded.items():
      np.testing.assert_array_equal(served["plus"](x=ones)["y"], factor * ones)
      np.testing.assert_array_equal(
        served["minus"](x=ones)["y"], -factor * ones
      )


def _together(function, calls):
  with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
    return list(threads.map(lambda call: function(**call), calls))


def test_reconstructions_in_batches_are_those_alone(tmp_path, exports):
  """And a refused call takes no other with it."""
  model, root = exports("lapcvae")
  lapcvae_export.export_cascade(model, tmp_path / "cascade", _MANY)
  lapcvae_export.export_level(model, 0, tmp_path / "level_0", _MANY)
  images = small_models.pictures(4)
  alone = saved_models.load(root / "cascade")["reconstruct"](images=images)
  served = saved_models.load(tmp_path / "cascade")["reconstruct"]

  def call(images):
    try:
      return served(images=images)["images"]
    except tf.errors.InvalidArgumentError as error:
      return error

  calls = [{"images": images[i : i + 1]} for i in range(4)]
  *made, refused = _together(call, [*calls, {"images": 5 * images}])
  np.testing.assert_allclose(tf.concat(made, 0), alone["images"], atol=1e-5)
  assert "images must be -1.01 to 1.01" in str(refused)
  assert served(images=images[:0])["images"].shape == (0, 16, 16, 3)
  level = saved_models.load(tmp_path / "level_0")
  expected = saved_models.load(root / "level_0")
  for name in ("decode", "encode"):
    inputs = {
      key: tf.random.stateless_normal([2, *spec.shape[1:]], [1, 2])
      for key, spec in expected.inputs(name).items()
    }
    for key, value in expected[name](**inputs).items():
      np.testing.assert_allclose(level[name](**inputs)[key], value, atol=1e-5)


def test_noise_is_that_of_each_call(tmp_path, exports):
  """A row's noise depends on its place in its own call alone."""
  model, root = exports("labelled")
  level = model.level_models[0]
  lapgan_export.export_level(level, tmp_path / "level_0", _MANY)
  alone = saved_models.load(root / "level_0")["generate"]
  served = saved_models.load(tmp_path / "level_0")["generate"]
  calls = [
    {
      "low_pass": small_models.pictures(2),
      "seed": tf.constant([i, 0]),
      "label": tf.constant([i, 3]),
    }
    for i in range(3)
  ]
  for call, made in zip(calls, _together(served, calls), strict=True):
    np.testing.assert_allclose(made["band"], alone(**call)["band"], atol=1e-5)


@pytest.mark.parametrize(
  "options, words",
  [
    ({"rows": 0}, "1 to 1024 rows, got 0"),
    ({"rows": 1025}, "got 1025"),
    ({"microseconds": -1}, "got -1"),
    ({"threads": 0}, "got 0"),
  ],
)
def test_numbers_out_of_range_are_refused(options, words):
  """By value and rule."""
  with pytest.raises(ValueError, match=words):
    Batching(**options)
