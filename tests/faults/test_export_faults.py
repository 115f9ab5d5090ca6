"""SavedModels that are interrupted, or that no disk has room for."""

import os
import resource
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from support import trainings

from experiments import families
from experiments.runs import exports
from experiments.training import write_errors
from experiments.training.run_dir import RunDir
from lapcvae_tf.model import LapCVAE
from pyramid_tf import saved_models, served_inputs

# Trains in a small file system, then copies what is there out of it.
_IN_A_SMALL_DISK = """
disk=$1 size=$2 kept=$3 out=$4
shift 4
mkdir -p "$disk" && mount -t tmpfs -o "size=$size" none "$disk" || exit 9
cp -r "$kept/." "$disk"
"$@"
code=$?
mkdir -p "$out" && cp -r "$disk/." "$out"
exit $code
"""


def _double(factor):
  """An export that multiplies; a signature and its variable."""
  weight = tf.keras.Variable(factor)
  function = saved_models.signature(
    lambda x: {"y": weight.value * x},
    x=served_inputs.Input((None,), tf.float32),
  )
  return {"scale": function}, [weight]


def _save(path, factor):
  signatures, variables = _double(factor)
  saved_models.save(path, signatures, "scale", variables)


def _served(path):
  served = saved_models.load(path)["scale"](x=tf.constant([1.0]))
  return float(served["y"][0])


class Killed(BaseException):
  """The process ends here."""


@pytest.mark.parametrize("after", range(4))
def test_no_moment_of_an_export_leaves_half_of_one(
  tmp_path, monkeypatch, record, after
):
  """Export ended between two of its file operations"""
  moments = []

  def dying(function):
    def call(*arguments, **options):
      if len(moments) == after:
        raise Killed
      moments.append(function)
      return function(*arguments, **options)

    return call

  for first in (True, False):
    path = tmp_path / str(first)
    if not first:
      _save(path, 2.0)
    moments.clear()
    with monkeypatch.context() as patch:
      patch.setattr(os, "rename", dying(os.rename))
      patch.setattr(tf.saved_model, "save", dying(tf.saved_model.save))
      patch.setattr(shutil, "rmtree", dying(shutil.rmtree))
      with pytest.raises(Killed):
        _save(path, 3.0)
    if first and not (path / "1").exists():
      with pytest.raises(FileNotFoundError, match="Export the run first"):
        saved_models.load(path)
    else:
      assert _served(path) in (2.0, 3.0)
    _save(path, 4.0)
    assert _served(path) == 4.0
    assert os.listdir(path) == ["1"]
  record(tried=2)


@pytest.mark.parametrize("lacking", ["saved_model.pb", "variables"])
def test_half_a_saved_model_does_not_load(tmp_path, record, lacking):
  """Half a SavedModel in the place of an export"""
  _save(tmp_path, 2.0)
  partial = tmp_path / ".1.partial"
  shutil.copytree(tmp_path / "1", partial)
  half = partial / lacking
  shutil.rmtree(half) if half.is_dir() else half.unlink()
  assert _served(tmp_path) == 2.0
  shutil.rmtree(tmp_path / "1")
  with pytest.raises(FileNotFoundError, match="holds no SavedModel"):
    saved_models.load(tmp_path)
  # TF Serving loads folders whose names are numbers.
  assert not any(name.isdecimal() for name in os.listdir(tmp_path))
  record()


def test_an_export_that_does_not_fit_leaves_the_earlier(
  tmp_path, tiny_config, record
):
  """Disk full while a SavedModel is written"""
  run_dir, model = RunDir(tmp_path / "run"), LapCVAE(tiny_config(1))
  [_, cascade] = exports.write(
    families.of(model.config).exports(model), run_dir
  )
  before = {
    path: path.read_bytes() for path in cascade.rglob("*") if path.is_file()
  }
  assert len(before) >= 3
  limits = resource.getrlimit(resource.RLIMIT_FSIZE)
  trainings.limit_files(1000)
  try:
    message = r"Cannot write an export into .*run: File too large\. Checkpoi"
    with pytest.raises(write_errors.WriteError, match=message):
      exports.write(families.of(model.config).exports(model), run_dir)
  finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
  assert {path: path.read_bytes() for path in before} == before
  for name in ("level_0", "cascade"):
    folder = run_dir.saved_model(name)
    assert os.listdir(folder) == ["1"]
    assert "serving_default" in set(saved_models.load(folder))
  record()


def _with_room_for(training, kept, room, *more):
  """Runs it where only `room` bytes are free; returns status and what is left.

  Without permission to mount a disk of that size, no file may be larger.
  """
  out = training.run_dir.with_name(f"{training.run_dir.name}_left")
  result = types.SimpleNamespace(training=training, out=out)
  if mounts := trainings.with_mounts():
    full = sum(-(-p.stat().st_size // 4096) + 1 for p in kept.rglob("*"))
    size = str(4096 * full + room)
    script = ("sh", "-c", _IN_A_SMALL_DISK, "sh")
    disk = (str(training.run_dir), size, str(kept), str(out))
    command = (*mounts, *script, *disk, *training.command)
    inside = trainings.Training(training.run_dir, command, training.options)
    result.status = inside.run(*more)
  else:
    shutil.copytree(kept, training.run_dir)
    largest = max(p.stat().st_size for p in training.checkpoints.iterdir())
    result.status = training.run(
      *more, preexec_fn=lambda: trainings.limit_files(largest // 2)
    )
    shutil.copytree(training.run_dir, out)
  return result


@pytest.mark.slow_faults
def test_a_full_disk_ends_the_command_with_a_message(undisturbed, record):
  """Disk full while a checkpoint is written"""
  kept = undisturbed.run_dir.with_name("kept")
  (kept / "checkpoints").mkdir(parents=True)
  shutil.copy(undisturbed.run_dir / "config.json", kept)
  for path in undisturbed.checkpoints.glob("ckpt-3.*"):
    shutil.copy(path, kept / "checkpoints")
  training = undisturbed.elsewhere("full")
  size = sum(p.stat().st_size for p in kept.rglob("ckpt*"))
  found = _with_room_for(training, kept, size // 2, "--resume")
  assert found.status == 1, training.said
  assert "Traceback" not in training.said
  assert "Error: Cannot write" in training.said
  assert "ckpt-3 is whole" in training.said and "--resume" in training.said
  # With room again, it goes on.
  again = undisturbed.elsewhere("again")
  found.out.rename(again.run_dir)
  assert not list(again.checkpoints.glob(".partial-*"))
  again.resume()
  assert again.steps_from() == 3
  trainings.assert_near_end(again, undisturbed, 6)
  record(lost="steps since the last checkpoint")


@pytest.mark.slow_faults
def test_a_full_disk_while_exporting_ends_with_a_message(undisturbed, record):
  """Disk full while a SavedModel is written"""
  training = undisturbed.elsewhere("crowded")
  kept = undisturbed.run_dir.with_name("not yet finished")
  shutil.copytree(undisturbed.run_dir, kept)
  (kept / "status.json").unlink()
  size = sum(p.stat().st_size for p in undisturbed.checkpoints.glob("ckpt-6*"))
  found = _with_room_for(training, kept, size + 65536, "--resume")
  assert found.status == 1, training.said
  assert "Traceback" not in training.said
  assert "Error: Cannot write" in training.said
  for name in ("level_0", "cascade"):
    left, whole = (
      folder / name / "saved_model" for folder in (found.out, kept)
    )
    assert os.listdir(left) == ["1"]
    weights = [
      path / "1" / "variables" / "variables.index" for path in (left, whole)
    ]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert "serving_default" in set(saved_models.load(left))
  stored = np.array([len(list(found.out.rglob("*.partial")))])
  assert not stored.any()
  record()
