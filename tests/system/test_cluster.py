"""TF_CONFIG, read before TensorFlow is."""

import json
import socket

import pytest

from experiments.system import cluster

_WORKERS = {"worker": ["a:1", "b:1"]}
_WITH_CHIEF = {"chief": ["c:1"], **_WORKERS}


def _set(monkeypatch, addresses, task_type, index):
  config = {
    "cluster": addresses,
    "task": {"type": task_type, "index": index},
  }
  monkeypatch.setenv("TF_CONFIG", json.dumps(config))


@pytest.mark.parametrize(
  "addresses, task_type, index, chief, count",
  [
    (_WORKERS, "worker", 0, True, 2),
    (_WORKERS, "worker", 1, False, 2),
    (_WITH_CHIEF, "chief", 0, True, 3),
    (_WITH_CHIEF, "worker", 0, False, 3),
  ],
)
def test_one_process_of_a_cluster_is_the_chief(
  monkeypatch, addresses, task_type, index, chief, count
):
  """The one called that, or worker 0 where nobody is."""
  _set(monkeypatch, addresses, task_type, index)
  assert cluster.read_worker() == cluster.Worker(chief, count)


@pytest.mark.parametrize(
  "text", ["", "{}", "[]", '{"cluster": {}, "task": 1}', '{"cluster": []}']
)
def test_a_cluster_that_is_none_is_refused(monkeypatch, text):
  """With an example of what is wanted."""
  monkeypatch.setenv("TF_CONFIG", text)
  with pytest.raises(cluster.ClusterError, match='JSON such as .*"task"'):
    cluster.read_worker()


@pytest.mark.parametrize("index", [-1, 2])
def test_a_process_outside_of_its_cluster_is_refused(monkeypatch, index):
  """TensorFlow would wait for it forever."""
  _set(monkeypatch, _WORKERS, "worker", index)
  with pytest.raises(
    cluster.ClusterError, match=f"worker {index}, but its cluster has 2"
  ):
    cluster.read_worker()


def test_parameter_servers_are_refused(monkeypatch):
  """Every process of a run trains."""
  _set(monkeypatch, {**_WORKERS, "ps": ["d:1"]}, "worker", 0)
  with pytest.raises(cluster.ClusterError, match="of type ps; a run has"):
    cluster.read_worker()


def test_without_a_cluster_the_remedy_is_named(monkeypatch):
  """Most users have one machine."""
  monkeypatch.delenv("TF_CONFIG", raising=False)
  with pytest.raises(cluster.ClusterError, match="--strategy=auto"):
    cluster.read_worker()


def test_a_described_cluster_is_read_back(monkeypatch):
  """The first host writes."""
  for index in range(3):
    described = cluster.describe(["a", "b", "c:9"], index, port=7)
    monkeypatch.setenv("TF_CONFIG", described)
    assert cluster.read_worker() == cluster.Worker(index == 0, 3)
    assert json.loads(described)["cluster"]["worker"] == ["a:7", "b:7", "c:9"]


@pytest.mark.parametrize(
  "hosts, index, message",
  [
    (["a", "b"], 2, "--index=2: the 2 hosts are counted from 0"),
    (["a", "a"], 0, "same address in a:2222, a:2222"),
  ],
)
def test_a_cluster_that_cannot_be_is_not_described(hosts, index, message):
  """Workers would wait for each other in vain."""
  with pytest.raises(cluster.ClusterError, match=message):
    cluster.describe(hosts, index)


def test_addresses_of_this_machine_are_free_and_differ():
  """So that as many workers can listen at once."""
  addresses = cluster.local_addresses(3)
  assert len(set(addresses)) == 3
  for address in addresses:
    host, _, port = address.partition(":")
    with socket.socket() as listener:
      listener.bind((host, int(port)))
