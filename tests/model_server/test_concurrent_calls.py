"""Calls that run at the same time share no summand in a kernel."""

import pytest
import tensorflow as tf
from support import executed_graphs

from experiments.model_server import concurrent_calls


@pytest.fixture(autouse=True)
def _rewritten():
  """Servers of other tests, in this process, have turned rewriting off."""
  before = tf.config.optimizer.get_experimental_options()
  tf.config.optimizer.set_experimental_options({"remapping": True})
  yield
  tf.config.optimizer.set_experimental_options(
    {"remapping": before.get("remapping", True)}
  )


def _summed(low_pass):
  """A band is drawn and added to the low-pass image, as every level does."""
  kernel = tf.ones((3, 3, 3, 3))
  bias = tf.ones(3)

  @tf.function
  def refine(image):
    with tf.name_scope("refined"):
      band = tf.nn.bias_add(tf.nn.conv2d(image, kernel, 1, "SAME"), bias)
      return band + image

  nodes = executed_graphs.largest(lambda: refine(low_pass), "refined/")
  return [list(node.attr["fused_ops"].list.s) for node in nodes.values()]


def test_a_server_keeps_sums_out_of_convolutions():
  image = tf.random.stateless_normal((1, 8, 8, 3), (1, 2))
  # Otherwise the graph optimizer has changed, and the server need not care.
  assert [b"BiasAdd", b"Add"] in _summed(image)
  concurrent_calls.compute_sums_apart()
  assert [b"BiasAdd", b"Add"] not in _summed(image)
