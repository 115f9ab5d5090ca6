"""A profile's time, by kinds of operations."""

import pytest
import tensorflow as tf

from experiments.performance import op_times


def test_the_largest_share_is_that_of_the_largest_work(tmp_path):
  """A product of large matrices beside one addition."""
  matrix = tf.ones([800, 800])

  @tf.function
  def work():
    return tf.matmul(matrix, matrix) + 1.0

  work()
  with tf.profiler.experimental.Profile(str(tmp_path)):
    for _ in range(5):
      work().numpy()
  shares = op_times.shares(tmp_path)
  assert "MatMul" in next(iter(shares))
  assert sum(shares.values()) == pytest.approx(1.0)
  assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_a_folder_without_a_profile_is_told(tmp_path):
  """Its name is in the message."""
  with pytest.raises(ValueError, match=f"{tmp_path.name} holds no profile"):
    op_times.shares(tmp_path)
