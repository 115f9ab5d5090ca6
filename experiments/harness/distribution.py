"""Devices: the distribution strategy and the numeric precision of a run."""

import json
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
  if name == "multi_worker":
    # First: collectives cannot be set up once any device has been used.
    _check_cluster()
    return tf.distribute.MultiWorkerMirroredStrategy()
  gpus = tf.config.list_physical_devices("GPU")
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
  if name == "tpu":
    return _tpu_strategy()
  raise DeviceError(
    f"Unknown strategy {name!r}; choose one of {', '.join(STRATEGIES)}."
  )


def _check_cluster():
  if "TF_CONFIG" not in os.environ:
    raise DeviceError(
      "--strategy=multi_worker reads the cluster from the environment "
      "variable TF_CONFIG, which is not set. Set it on every worker, or use "
      "--strategy=auto for one machine."
    )
  try:
    config = json.loads(os.environ["TF_CONFIG"])
    described = (
      config["cluster"],
      config["task"]["type"],
      config["task"]["index"],
    )
  except (ValueError, KeyError, TypeError):
    described = None
  if described is None:
    raise DeviceError(
      "TF_CONFIG describes no cluster. It is JSON such as "
      '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
      '"task": {"type": "worker", "index": 0}}.'
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
