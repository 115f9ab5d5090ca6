"""Devices: the distribution strategy and the numeric precision of a run."""

import os

import tensorflow as tf

from experiments.harness import errors
from experiments.harness.training_config import STRATEGIES


class DeviceError(errors.UserError):
  """The machine lacks the devices asked for; the message says what to do."""


def make_strategy(name: str) -> tf.distribute.Strategy:
  """Returns the strategy of a name.

  Args:
    name: `auto` takes all GPUs if there are any and the CPU otherwise; `cpu`
      one device, the CPU; `gpu` all GPUs of this machine; `multi_worker` all
      machines of `TF_CONFIG`; `tpu` the TPU of this host.

  Raises:
    DeviceError: If the devices are not there.
  """
  gpus = tf.config.list_logical_devices("GPU")
  if name == "auto":
    name = "gpu" if gpus else "cpu"
  if name == "cpu":
    return tf.distribute.OneDeviceStrategy("/cpu:0")
  if name == "gpu":
    if not gpus:
      raise DeviceError(
        "--strategy=gpu found no GPU that TensorFlow can use. Install "
        "'tensorflow[and-cuda]' and a driver, or use --strategy=cpu."
      )
    if len(gpus) == 1:
      return tf.distribute.OneDeviceStrategy("/gpu:0")
    return tf.distribute.MirroredStrategy()
  if name == "multi_worker":
    if "TF_CONFIG" not in os.environ:
      raise DeviceError(
        "--strategy=multi_worker reads the cluster from the environment "
        "variable TF_CONFIG, which is not set. Set it on every worker, or use "
        "--strategy=auto for one machine."
      )
    return tf.distribute.MultiWorkerMirroredStrategy()
  if name == "tpu":
    return _tpu_strategy()
  raise DeviceError(
    f"Unknown strategy {name!r}; choose one of {', '.join(STRATEGIES)}."
  )


def _tpu_strategy():
  try:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
    tf.tpu.experimental.initialize_tpu_system(resolver)
  except (ValueError, tf.errors.OpError, RuntimeError) as error:
    raise DeviceError(
      "--strategy=tpu found no TPU on this host. Run on a TPU VM, or use "
      f"--strategy=auto. TensorFlow said: {error}"
    ) from error
  return tf.distribute.TPUStrategy(resolver)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
  """Whether this process writes logs, checkpoints and exports."""
  resolver = strategy.cluster_resolver
  if resolver is None or not resolver.task_type:
    return True
  chiefs = resolver.cluster_spec().as_dict().get("chief")
  if chiefs:
    return resolver.task_type == "chief"
  return resolver.task_id == 0
