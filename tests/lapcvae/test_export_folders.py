"""Exports of other configurations, and what happens to the folder."""

import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import export
from pyramid_tf import saved_models
from pyramid_tf.served_inputs import Input


def _images(count):
  return tf.random.stateless_uniform((count, 16, 16, 3), [count, 1], -1, 1)


def _assert_clipped(served, live):
  np.testing.assert_allclose(
    served["images"], np.clip(live, -1.0, 1.0), atol=1e-5
  )


def test_equation_10_is_served_with_its_low_pass_image(tiny_model, tmp_path):
  """decode(latent_0, low_pass): coarser latents are no inputs."""
  model = tiny_model(decoder_condition="low_pass")
  export.export_level(model, 0, tmp_path)
  latent = tf.random.stateless_normal((5, 3), [1, 2])
  inputs = {"latent_0": latent, "low_pass": _images(5)}
  band = model.level_models[0].decode([latent], inputs["low_pass"])
  served = saved_models.load(tmp_path)["decode"](**inputs)
  np.testing.assert_allclose(served["band"], band, atol=1e-5)


def test_without_m_every_prior_takes_a_count(tiny_model, tmp_path):
  """N(0, I) depends on nothing."""
  export.export_level(tiny_model(prior="standard"), 0, tmp_path)
  prior = saved_models.load(tmp_path)["prior"](count=tf.constant(5))
  assert set(prior) == {"mean", "log_variance"}
  for part in prior.values():
    np.testing.assert_array_equal(part, np.zeros((5, 3)))


def test_a_new_export_replaces_the_earlier(tiny_model, randomise, tmp_path):
  """The folder never holds two versions, nor leftovers of a broken one."""
  model, images = tiny_model(1), _images(2)
  (tmp_path / ".1.partial").mkdir()
  assert export.export_cascade(model, tmp_path) == tmp_path / "1"
  before = model.reconstruct(images)
  _assert_clipped(
    saved_models.load(tmp_path)["reconstruct"](images=images), before
  )
  randomise(model, seed=5)
  export.export_cascade(model, tmp_path)
  after = model.reconstruct(images)
  _assert_clipped(
    saved_models.load(tmp_path)["reconstruct"](images=images), after
  )
  assert np.max(np.abs(before - after)) > 1e-2
  assert os.listdir(tmp_path) == ["1"]


def test_a_failed_export_leaves_the_earlier(tiny_model, tmp_path, monkeypatch):
  """The version folder changes only once the new files are whole."""
  model = tiny_model(1, prior="standard")
  export.export_level(model, 0, tmp_path)
  before = (tmp_path / "1" / "saved_model.pb").read_bytes()

  def fail(served, folder, signatures):
    pathlib.Path(folder).mkdir()
    (pathlib.Path(folder) / "saved_model.pb").write_bytes(b"half")
    raise OSError("disk full")

  monkeypatch.setattr(tf.saved_model, "save", fail)
  with pytest.raises(OSError, match="disk full"):
    export.export_level(model, 0, tmp_path)
  assert (tmp_path / "1" / "saved_model.pb").read_bytes() == before
  assert set(saved_models.load(tmp_path)) >= {"decode"}


@pytest.mark.parametrize("leftover", [None, ".1.partial", "1"])
def test_what_is_no_finished_export_is_refused(tmp_path, leftover):
  """The message names the folder and what to do."""
  if leftover:
    (tmp_path / leftover).mkdir()
  if leftover == ".1.partial":
    (tmp_path / leftover / "saved_model.pb").write_bytes(b"")
  with pytest.raises(FileNotFoundError, match="1 holds no SavedModel. Export"):
    saved_models.load(tmp_path)


def test_default_must_be_one_of_the_signatures(tmp_path):
  """The message names both."""
  signature = saved_models.signature(
    lambda x: {"y": x}, x=Input((), tf.float32)
  )
  with pytest.raises(ValueError, match="one of double; got 'triple'"):
    saved_models.save(tmp_path, {"double": signature}, "triple", [])


def test_a_model_of_two_replicas_is_served_by_one(
  tiny_model, two_replicas, tmp_path
):
  """Training under MirroredStrategy leaves nothing behind in the files."""
  images = _images(4)
  with two_replicas.scope():
    model = tiny_model(1)
    model.compile(optimizer=tf.keras.optimizers.SGD(1e-3), run_eagerly=True)
    model.optimizer.build(model.trainable_variables)
  two_replicas.run(lambda: model.train_step({"image": images}))
  export.export_cascade(model, tmp_path)
  served = saved_models.load(tmp_path)["reconstruct"](images=images)
  _assert_clipped(served, model.reconstruct(images))
