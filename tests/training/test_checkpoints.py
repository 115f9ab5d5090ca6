"""Checkpoints survive damage to the newest, and say so."""

import os

import numpy as np
import pytest
import tensorflow as tf
from support import disk_calls

from experiments.training import checkpoints

_DATA = "ckpt-{}.data-00000-of-00001"


def _model(units=3):
  layers = [tf.keras.layers.Input((2,)), tf.keras.layers.Dense(units)]
  return tf.keras.Sequential(layers)


def _optimizer(model):
  optimizer = tf.keras.optimizers.Adam()
  optimizer.build(model.trainable_variables)
  return optimizer


def _checkpoints(directory, model, **options):
  objects = {"model": model, "optimizer": _optimizer(model)}
  return checkpoints.Checkpoints(directory, objects, **options)


def _bias(model):
  return model.layers[-1].bias


@pytest.fixture
def folder(tmp_path):
  """Checkpoints of steps 10, 20 and 100, whose biases are the step."""
  model = _model()
  saved = _checkpoints(tmp_path, model)
  for step in (10, 20, 100):
    saved.step.assign(step)
    _bias(model).assign([step, step, step])
    saved.save()
  return tmp_path


def _restored_step(folder):
  """The step of a fresh model after restoring; weights are of that step."""
  model = _model()
  restored = _checkpoints(folder, model)
  assert restored.restore()
  step = int(restored.step)
  np.testing.assert_array_equal(_bias(model), [step] * 3)
  assert restored.latest == str(folder / f"ckpt-{step}")
  return step


def test_the_newest_is_restored(folder):
  """By its number, not its name: 100 comes after 20."""
  assert _restored_step(folder) == 100


def test_no_checkpoint_leaves_the_start_values(tmp_path):
  """The first start of a run, before and after its folder is made."""
  for directory in (tmp_path, tmp_path / "new"):
    started = _checkpoints(directory, _model())
    assert not started.restore()
    assert started.latest is None and int(started.step) == 0


def test_optimizer_and_step_are_restored(tmp_path):
  """Adam's moments and iterations, or a resumed run would differ."""
  model, other = _model(), _model()
  optimizer, other_optimizer = _optimizer(model), _optimizer(other)
  gradients = [tf.ones_like(v) for v in model.trainable_variables]
  optimizer.apply(gradients, model.trainable_variables)
  objects = {"model": model, "optimizer": optimizer}
  saved = checkpoints.Checkpoints(tmp_path, objects)
  saved.step.assign_add(1)
  saved.save()
  objects = {"model": other, "optimizer": other_optimizer}
  assert checkpoints.Checkpoints(tmp_path, objects).restore()
  for new, old in zip(
    other_optimizer.variables, optimizer.variables, strict=True
  ):
    np.testing.assert_array_equal(new, old)


class Pyramid(tf.keras.Model):
  """Holds its levels in a list, which Keras hides from TensorFlow."""

  def __init__(self):
    super().__init__()
    self.levels = [tf.keras.layers.BatchNormalization() for _ in range(2)]
    for level in self.levels:
      level.build((None, 3))
    self.mean = tf.keras.metrics.Mean()
    self.built = True


def test_layers_in_lists_are_saved_with_what_does_not_train(tmp_path):
  """Moving averages are part of a model, running means of figures are not."""
  model, other = Pyramid(), Pyramid()
  for i, variable in enumerate(model.weights):
    variable.assign([1.0 + i] * 3)
  saved = _checkpoints(tmp_path, model)
  saved.step.assign(7)
  saved.save()
  assert checkpoints.restore_weights(tmp_path, other) == 7
  again = Pyramid()
  assert _checkpoints(tmp_path, again).restore()
  for copy in (other, again):
    assert len(copy.weights) == 8
    for i, variable in enumerate(copy.weights):
      np.testing.assert_array_equal(variable, [1.0 + i] * 3)


def test_only_the_last_few_are_kept(tmp_path):
  """A long run does not fill the disk."""
  saved = _checkpoints(tmp_path, _model(), keep=2)
  for step in (1, 2, 3):
    saved.step.assign(step)
    assert saved.save() == saved.latest == str(tmp_path / f"ckpt-{step}")
  assert {path.stem for path in tmp_path.glob("*.index")} == {
    "ckpt-2",
    "ckpt-3",
  }


def _truncate(path):
  os.truncate(path, path.stat().st_size // 2)


def _empty(path):
  os.truncate(path, 0)


def _scramble(path):
  content = bytearray(path.read_bytes())
  for i in range(len(content) // 2, min(len(content) // 2 + 9, len(content))):
    content[i] ^= 0xFF
  path.write_bytes(content)


def _remove(path):
  path.unlink()


_DAMAGES = (_truncate, _empty, _scramble, _remove)


@pytest.mark.parametrize("file", [_DATA, "ckpt-{}.index"])
@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_newest_falls_back_to_the_one_before(
  folder, file, damage, caplog
):
  """A full disk or a power cut costs some steps, not the run."""
  damage(folder / file.format(100))
  assert _restored_step(folder) == 20
  assert f"Cannot restore {folder / 'ckpt-100'}" in caplog.text
  assert checkpoints.restore_weights(folder, _model()) == 20


def test_a_checkpoint_takes_its_name_when_it_is_on_the_disk(
  tmp_path, monkeypatch
):
  """Its data, then its index: after a power cut it is there whole or not."""
  calls = disk_calls.record(monkeypatch)
  saved = _checkpoints(tmp_path, _model(), keep=1)
  for step in (1, 2):
    saved.step.assign(step)
    saved.save()
  written = [[_DATA.format(step), f"ckpt-{step}.index"] for step in (1, 2)]
  expected = []
  for names in written:
    for name in names:
      expected += [f"fsync .partial-{name}", f"replace {name}"]
    expected.append(f"fsync {tmp_path.name}")
  # The one before goes when nothing can take its successor away.
  assert calls[:-2] == expected
  assert set(calls[-2:]) == {f"unlink {name}" for name in written[0]}


def test_a_run_goes_on_after_falling_back(folder):
  """The damaged checkpoint is written again when its step comes."""
  _truncate(folder / _DATA.format(100))
  model = _model()
  resumed = _checkpoints(folder, model)
  resumed.restore()
  resumed.step.assign(100)
  _bias(model).assign([100] * 3)
  resumed.save()
  assert _restored_step(folder) == 100


def test_no_readable_checkpoint_is_an_error_that_names_them(folder):
  """Training silently from nothing would be worse."""
  for step in (10, 20, 100):
    _truncate(folder / _DATA.format(step))
  expected = r"ckpt-100 \(.*ckpt-20 \(.*ckpt-10 \(.*new --run_dir"
  with pytest.raises(checkpoints.CheckpointError, match=expected):
    _checkpoints(folder, _model()).restore()
  with pytest.raises(checkpoints.CheckpointError, match=expected):
    checkpoints.restore_weights(folder, _model())


def test_another_model_is_an_error(folder):
  """The other model is wider, or has a layer more or one less."""
  wider = _model(units=4)
  deeper = tf.keras.Sequential([*_model().layers, tf.keras.layers.Dense(1)])
  deeper.build((None, 2))
  shallower = _model()
  shallower.pop()
  for model in (wider, deeper, shallower):
    with pytest.raises(checkpoints.CheckpointError, match="not of the model"):
      _checkpoints(folder, model).restore()
    with pytest.raises(checkpoints.CheckpointError, match="not of the model"):
      checkpoints.restore_weights(folder, model)


def test_weights_alone_are_restored(folder):
  """A sampler has no optimizer; it learns the step."""
  model = _model()
  assert checkpoints.restore_weights(folder, model) == 100
  np.testing.assert_array_equal(_bias(model), [100] * 3)


def test_restoring_weights_of_no_training_is_an_error(tmp_path):
  """The message says to train first."""
  with pytest.raises(checkpoints.CheckpointError, match="no checkpoint. Train"):
    checkpoints.restore_weights(tmp_path, _model())
