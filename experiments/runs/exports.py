"""Exports of a model into its run directory."""

import contextlib
import pathlib

from absl import logging

from experiments.training import write_errors
from experiments.training.run_dir import RunDir
from lapcvae_tf import export as lapcvae_export
from lapcvae_tf.model import LapCVAE
from lapgan_tf import export as lapgan_export
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN


def export_all(model: LapCVAE | LAPGAN, run_dir: RunDir) -> list[pathlib.Path]:
  """Writes a SavedModel per level and one of the cascade; returns folders."""
  if isinstance(model, LAPGAN):
    levels = [export_level(level, run_dir) for level in model.level_models]
    return [*levels, export_cascade(model, run_dir)]
  with _quietly(run_dir):
    levels = [
      lapcvae_export.export_level(model, k, run_dir.saved_model(f"level_{k}"))
      for k in range(model.config.num_levels)
    ]
    cascade = lapcvae_export.export_cascade(
      model, run_dir.saved_model("cascade")
    )
  return [*levels, cascade]


def export_level(level: LAPGANLevel, run_dir: RunDir) -> pathlib.Path:
  """Writes the SavedModel of one level of a LAPGAN."""
  with _quietly(run_dir):
    return lapgan_export.export_level(level, run_dir.saved_model(level.name))


def export_cascade(model: LAPGAN, run_dir: RunDir) -> pathlib.Path:
  """Writes the SavedModel of a LAPGAN's cascade."""
  with _quietly(run_dir):
    return lapgan_export.export_cascade(model, run_dir.saved_model("cascade"))


@contextlib.contextmanager
def _quietly(run_dir):
  # TensorFlow warns of every function it has traced before.
  verbosity = logging.get_verbosity()
  logging.set_verbosity(logging.ERROR)
  remains = "Checkpoints and earlier exports are whole."
  try:
    with write_errors.explained(f"an export into {run_dir.path}", remains):
      yield
  finally:
    logging.set_verbosity(verbosity)
