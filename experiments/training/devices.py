"""Devices: the distribution strategy and the numeric precision of a run."""

import pathlib

import tensorflow as tf

from experiments.config.training_config import STRATEGIES
from experiments.system import cluster, errors


class DeviceError(errors.UserError):
  """The machine lacks the devices asked for; the message says what to do."""


class WorkerLost(errors.UserError):  # noqa: N818
  """A step cannot be taken because another worker of the run is gone."""


# What a step raises when a collective operation ends without all its workers.
WORKER_ERRORS = (
  tf.errors.AbortedError,
  tf.errors.CancelledError,
  tf.errors.DeadlineExceededError,
  tf.errors.UnavailableError,
)


def make_strategy(name: str) -> tf.distribute.Strategy:
  """Returns the strategy of a name.

  Args:
    name: `auto` takes all GPUs if there are any and the CPU otherwise; `cpu`
      one device, the CPU; `gpu` all GPUs of this machine; `multi_worker` all
      machines of `TF_CONFIG`; `tpu` the TPU of this host.

  Raises:
    DeviceError: If the devices are not there.
    ClusterError: If TF_CONFIG names no workers.
  """
  if name == "multi_worker":
    # First: collectives cannot be set up once any device has been used.
    cluster.read_worker()
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


def has_workers(strategy: tf.distribute.Strategy) -> bool:
  """Whether other processes take the same steps."""
  resolver = strategy.cluster_resolver
  # Not its task: TPUs of this machine are a worker's, of an empty cluster.
  return resolver is not None and bool(resolver.cluster_spec().jobs)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
  """Whether this process writes logs, checkpoints and exports."""
  if not has_workers(strategy):
    return True
  resolver = strategy.cluster_resolver
  return cluster.is_chief(
    resolver.cluster_spec().as_dict(), resolver.task_type, resolver.task_id
  )


def values_of_workers(strategy: tf.distribute.Strategy, value: int) -> set[int]:
  """The different values of a number that each worker has one of.

  All workers call this together. Where there are no others, nothing is run.
  """
  if not has_workers(strategy):
    return {value}
  own = strategy.run(lambda: tf.constant([value], tf.int64))
  return {int(other) for other in strategy.gather(own, axis=0)}


# The first NVIDIA architecture (Ampere) that multiplies bfloat16 in hardware.
_BFLOAT16_CAPABILITY = (8, 0)


def fast_precision(cpuinfo: str = "/proc/cpuinfo") -> str:
  """Returns `mixed_bfloat16` where the devices multiply it, or `float32`.

  Args:
    cpuinfo: The file in which Linux names the processor's instructions.
  """
  gpus = tf.config.list_physical_devices("GPU")
  if gpus:
    details = map(tf.config.experimental.get_device_details, gpus)
    capabilities = [d.get("compute_capability", (0, 0)) for d in details]
    fast = min(capabilities) >= _BFLOAT16_CAPABILITY
  else:
    try:
      instructions = pathlib.Path(cpuinfo).read_text().split()
    except OSError:
      instructions = []
    fast = not {"avx512_bf16", "amx_bf16"}.isdisjoint(instructions)
  return "mixed_bfloat16" if fast else "float32"
