"""Operations are counted by formula, in whatever the step calls."""

import pytest
import tensorflow as tf

from experiments.performance import flops


def _count(function, *shapes):
  specs = [tf.TensorSpec(shape) for shape in shapes]
  return flops.count(tf.function(function).get_concrete_function(*specs))


def test_a_product_of_matrices_is_two_operations_a_term():
  """Also of a transposed one, and in a batch."""
  assert _count(tf.matmul, (3, 5), (5, 7)) == 2 * 3 * 5 * 7
  transposed = _count(
    lambda a, b: tf.matmul(a, b, transpose_a=True), (5, 3), (5, 7)
  )
  assert transposed == 2 * 3 * 5 * 7
  assert _count(tf.matmul, (4, 3, 5), (4, 5, 7)) == 4 * 2 * 3 * 5 * 7


@pytest.mark.parametrize("padding, side", [("SAME", 4), ("VALID", 3)])
def test_a_convolution_sums_over_its_kernel(padding, side):
  """At each output, whatever the stride and padding leave of them."""
  actual = _count(
    lambda x, w: tf.nn.conv2d(x, w, 2, padding), (2, 8, 8, 3), (3, 3, 3, 5)
  )
  assert actual == 2 * 2 * side**2 * 5 * 9 * 3


def test_a_gradient_costs_what_the_convolution_does():
  """Twice, once for the image and once for the kernel."""

  def gradients(image, kernel):
    with tf.GradientTape() as tape:
      tape.watch([image, kernel])
      loss = tf.reduce_sum(tf.nn.conv2d(image, kernel, 1, "SAME") ** 2)
    return tape.gradient(loss, [image, kernel])

  forward = 2 * 2 * 64 * 5 * 9 * 3
  assert _count(gradients, (2, 8, 8, 3), (3, 3, 3, 5)) == 3 * forward


def test_functions_are_counted_once_for_each_call():
  """A layer that is used twice works twice."""
  inner = tf.function(lambda a: tf.matmul(a, a))
  assert _count(lambda a: inner(inner(a)), (6, 6)) == 2 * 2 * 6**3


def test_a_batch_of_unknown_size_cannot_be_counted():
  """Rather than counted as none."""
  with pytest.raises(ValueError, match="no static shape"):
    _count(lambda a: tf.matmul(a, a, transpose_b=True), (None, 6))


def test_the_costlier_of_two_branches_counts():
  """Whichever way a step goes, it costs no more."""

  def either(a, b):
    return tf.cond(
      tf.reduce_sum(a) > 0.0,
      lambda: tf.matmul(a, b),
      lambda: tf.matmul(tf.matmul(a, b), b),
    )

  assert _count(either, (6, 6), (6, 6)) == 2 * 2 * 6**3


def _turned(a, **limit):
  return tf.while_loop(
    lambda i, x: i < 5,
    lambda i, x: (i + 1, tf.matmul(x, a)),
    (0, a),
    **limit,
  )[1]


def test_a_loop_counts_for_each_turn():
  """As often as it may turn."""
  five = _count(lambda a: _turned(a, maximum_iterations=5), (6, 6))
  assert five == 5 * 2 * 6**3


def test_a_loop_of_unknown_length_cannot_be_counted():
  """Unless there is nothing in it to count."""
  with pytest.raises(ValueError, match="maximum_iterations"):
    _count(_turned, (6, 6))

  def adds(a):
    return tf.while_loop(
      lambda i, x: i < 5, lambda i, x: (i + 1, x + a), (0, a)
    )[1]

  assert _count(adds, (6, 6)) == 0
