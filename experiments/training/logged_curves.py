"""Curves read back from the TensorBoard logs of a run."""

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from experiments.system import errors
from experiments.training.run_dir import RunDir

# Tag -> run name ("level_0", "cascade") -> (steps, values).
Curves = dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]


def read(run_dir: RunDir) -> Curves:
  """Returns all scalars of a run.

  Raises:
    UserError: If the folder holds no logs.
  """
  curves: Curves = {}
  for folder in sorted(run_dir.path.glob("*/tensorboard")):
    # Everything, not the sample that TensorBoard itself keeps.
    events = event_accumulator.EventAccumulator(
      str(folder), size_guidance={event_accumulator.TENSORS: 0}
    )
    events.Reload()
    for tag in events.Tags()["tensors"]:
      plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
      if plugin != "scalars":
        continue
      # A resumed run logs some steps again; the last value stands.
      by_step = {
        event.step: float(tf.make_ndarray(event.tensor_proto))
        for event in events.Tensors(tag)
      }
      steps = np.array(sorted(by_step))
      values = np.array([by_step[step] for step in steps])
      curves.setdefault(tag, {})[folder.parent.name] = (steps, values)
  if not curves:
    raise errors.UserError(
      f"{run_dir.path} holds no TensorBoard logs; name the --run_dir of a "
      "training."
    )
  return curves
