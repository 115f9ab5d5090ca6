"""SavedModels of a run, written without TensorFlow's chatter."""

import pathlib
from collections.abc import Mapping

from absl import logging

from experiments.training import write_errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Export
from pyramid_tf.batching import Batching


def write(
  exports: Mapping[str, Export],
  run_dir: RunDir,
  batching: Batching | None = None,
) -> list[pathlib.Path]:
  """Writes SavedModels into the folders of a run; returns version folders.

  Args:
    exports: What writes them, by the name of the level or `cascade`.
    run_dir: The run, or another folder of the same layout.
    batching: How calls that can are put together; None runs each alone.

  Raises:
    WriteError: If one cannot be written.
  """
  # TensorFlow warns of every function it has traced before.
  verbosity = logging.get_verbosity()
  logging.set_verbosity(logging.ERROR)
  remains = "Checkpoints and earlier exports are whole."
  try:
    with write_errors.explained(f"an export into {run_dir.path}", remains):
      options = {} if batching is None else {"batching": batching}
      return [
        export(run_dir.saved_model(name), **options)
        for name, export in exports.items()
      ]
  finally:
    logging.set_verbosity(verbosity)
