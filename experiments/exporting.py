"""Exports of all levels of a model into its run directory."""

import pathlib

from absl import logging

from experiments.harness import errors
from experiments.harness.run_dir import RunDir
from lapcvae_tf import export
from lapcvae_tf.model import LapCVAE


def export_all(model: LapCVAE, run_dir: RunDir) -> list[pathlib.Path]:
  """Writes a SavedModel per level and one of the cascade; returns folders."""
  # TensorFlow warns of every function it has traced before.
  verbosity = logging.get_verbosity()
  logging.set_verbosity(logging.ERROR)
  try:
    levels = [
      export.export_level(model, k, run_dir.saved_model(f"level_{k}"))
      for k in range(model.config.num_levels)
    ]
    return [
      *levels,
      export.export_cascade(model, run_dir.saved_model("cascade")),
    ]
  except OSError as error:
    raise errors.UserError(
      f"Cannot write into {run_dir.path}: {error.strerror}. Choose another "
      "folder."
    ) from error
  finally:
    logging.set_verbosity(verbosity)
