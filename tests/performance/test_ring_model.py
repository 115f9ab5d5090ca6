"""What communication costs, where it can be told by hand."""

import pytest

from experiments.performance import ring_model

_NETWORK = ring_model.Network(name="a", bytes_per_second=100.0, latency=0.25)


def test_a_worker_alone_communicates_nothing():
  """So it is as fast as one."""
  assert ring_model.communication_seconds(1e6, 9, 1, _NETWORK) == 0.0
  assert ring_model.efficiency(2.0, 1e6, 9, 1, _NETWORK) == 1.0


def test_a_ring_sends_every_byte_less_than_twice():
  """And two messages for each other worker and operation."""
  seconds = ring_model.communication_seconds(400.0, 3, 4, _NETWORK)
  assert seconds == pytest.approx(2 * 0.75 * 4.0 + 2 * 3 * 3 * 0.25)


def test_efficiency_is_the_share_of_time_spent_on_steps():
  """Ten seconds of messages beside ten of work make a half."""
  assert ring_model.communication_seconds(
    0.0, 20, 2, _NETWORK
  ) == pytest.approx(10.0)
  assert ring_model.efficiency(10.0, 0.0, 20, 2, _NETWORK) == 0.5


def test_efficiency_falls_with_workers_and_rises_with_bandwidth():
  """On every network listed."""
  slow, fast = ring_model.NETWORKS
  shares = [
    ring_model.efficiency(0.1, 1e8, 40, n, slow) for n in (1, 8, 64, 512)
  ]
  assert shares == sorted(shares, reverse=True) and shares[-1] > 0.0
  assert ring_model.efficiency(0.1, 1e8, 40, 8, fast) > shares[1]


def test_no_workers_are_no_cluster():
  """The count is named."""
  with pytest.raises(ValueError, match="at least 1, got 0"):
    ring_model.communication_seconds(1.0, 1, 0, _NETWORK)
