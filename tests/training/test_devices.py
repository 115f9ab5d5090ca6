"""Strategies by name, and who writes."""

import types

import pytest
import tensorflow as tf

from experiments.config.training_config import STRATEGIES
from experiments.system import errors
from experiments.training import devices


def _pretend_gpus(monkeypatch, count):
  gpus = [types.SimpleNamespace(name=f"/gpu:{i}") for i in range(count)]
  monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: gpus)


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_without_a_gpu_the_cpu_is_taken(name, monkeypatch):
  """As one replica, however many logical devices it has."""
  _pretend_gpus(monkeypatch, 0)
  strategy = devices.make_strategy(name)
  assert strategy.num_replicas_in_sync == 1
  assert "CPU" in strategy.extended.worker_devices[0].upper()


def test_one_gpu_needs_no_mirroring(monkeypatch):
  """OneDeviceStrategy places variables without copies."""
  _pretend_gpus(monkeypatch, 1)
  made = []
  monkeypatch.setattr(tf.distribute, "OneDeviceStrategy", made.append)
  devices.make_strategy("auto")
  devices.make_strategy("gpu")
  assert made == ["/gpu:0"] * 2


def test_several_gpus_are_mirrored(monkeypatch):
  """All that the machine has."""
  _pretend_gpus(monkeypatch, 2)
  monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: "mirrored")
  assert devices.make_strategy("auto") == "mirrored"


@pytest.mark.parametrize(
  "name, remedies",
  [
    ("gpu", ["found no GPU", "tensorflow[and-cuda]", "--strategy=cpu"]),
    ("multi_worker", ["TF_CONFIG", "every worker", "--strategy=auto"]),
    ("tpu", ["found no TPU", "TPU VM", "--strategy=auto"]),
    ("gpus", ["'gpus'; choose one of " + ", ".join(STRATEGIES)]),
  ],
)
def test_missing_devices_are_answered_with_a_remedy(
  name, remedies, monkeypatch
):
  """Rather than a slow run on another device, or a stack of calls."""
  _pretend_gpus(monkeypatch, 0)
  monkeypatch.delenv("TF_CONFIG", raising=False)

  def no_tpu(tpu):
    raise ValueError(f"no {tpu} TPU")

  resolvers = tf.distribute.cluster_resolver
  monkeypatch.setattr(resolvers, "TPUClusterResolver", no_tpu)
  with pytest.raises(errors.UserError) as caught:
    devices.make_strategy(name)
  for remedy in remedies:
    assert remedy in str(caught.value)


def test_multi_worker_reads_the_cluster(monkeypatch):
  """TF_CONFIG decides; the strategy itself is TensorFlow's."""
  monkeypatch.setenv(
    "TF_CONFIG",
    '{"cluster": {"worker": ["localhost:1"]}, '
    '"task": {"type": "worker", "index": 0}}',
  )
  monkeypatch.setattr(
    tf.distribute, "MultiWorkerMirroredStrategy", lambda: "workers"
  )
  assert devices.make_strategy("multi_worker") == "workers"


def _strategy(cluster, task_type, task_id):
  """A strategy whose resolver has read this cluster from TF_CONFIG."""
  resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
    tf.train.ClusterSpec(cluster), task_type=task_type, task_id=task_id
  )
  return types.SimpleNamespace(cluster_resolver=resolver)


_WORKERS = {"worker": ["a:1", "b:1"]}
_WITH_CHIEF = {"chief": ["c:1"], **_WORKERS}


@pytest.mark.parametrize(
  "cluster, task_type, task_id, chief",
  [
    (_WORKERS, "worker", 0, True),
    (_WORKERS, "worker", 1, False),
    (_WITH_CHIEF, "chief", 0, True),
    (_WITH_CHIEF, "worker", 0, False),
    ({}, "", None, True),
    # TPUs of this machine.
    ({}, "worker", 0, True),
  ],
)
def test_one_process_of_a_cluster_writes(cluster, task_type, task_id, chief):
  """The chief, or worker 0 where nobody is called that."""
  strategy = _strategy(cluster, task_type, task_id)
  assert devices.is_chief(strategy) == chief


def test_a_single_machine_writes():
  """Its strategies have no cluster."""
  assert devices.is_chief(tf.distribute.OneDeviceStrategy("/cpu:0"))


@pytest.mark.parametrize(
  "cluster, task_type, others",
  [
    (_WORKERS, "worker", True),
    (_WITH_CHIEF, "chief", True),
    ({}, "", False),
    ({}, "worker", False),
  ],
)
def test_other_processes_are_those_of_a_cluster(cluster, task_type, others):
  """TPUs of this machine call it a worker, but of no cluster."""
  strategy = _strategy(cluster, task_type, 0)
  assert devices.has_workers(strategy) == others


def test_alone_nothing_is_run_to_compare_values():
  """A strategy of TPUs would refuse to, outside of a compiled function."""
  alone = _strategy({}, "worker", 0)
  assert not hasattr(alone, "run")
  assert devices.values_of_workers(alone, 7) == {7}


@pytest.mark.parametrize(
  ("flags", "expected"),
  [
    ("fpu avx512f avx512_bf16", "mixed_bfloat16"),
    ("fpu amx_bf16", "mixed_bfloat16"),
    ("fpu avx2 avx512f", "float32"),
  ],
)
def test_automatic_precision_is_what_the_processor_multiplies(
  tmp_path, monkeypatch, flags, expected
):
  """bfloat16 without its instructions is slower than float32."""
  monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
  cpuinfo = tmp_path / "cpuinfo"
  cpuinfo.write_text(f"processor: 0\nflags: {flags}\n")
  assert devices.fast_precision(str(cpuinfo)) == expected
  assert devices.fast_precision(str(tmp_path / "absent")) == "float32"


@pytest.mark.parametrize(
  ("capabilities", "expected"),
  [([(9, 0)], "mixed_bfloat16"), ([(8, 0), (7, 5)], "float32")],
)
def test_automatic_precision_suits_the_oldest_gpu(
  monkeypatch, capabilities, expected
):
  """All replicas compute alike."""
  monkeypatch.setattr(
    tf.config, "list_physical_devices", lambda kind: capabilities
  )
  monkeypatch.setattr(
    tf.config.experimental,
    "get_device_details",
    lambda gpu: {"compute_capability": gpu},
  )
  assert devices.fast_precision() == expected
