"""Timing of compiled functions, and what the machine itself can do."""

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf


def seconds_per_call(
  call: Callable[[], object], seconds: float = 3.0, least: int = 3
) -> float:
  """Returns the median seconds of a call that waits for its result.

  Args:
    call: Returns tensors, one of which is fetched. One call more warms up.
    seconds: How long the call is repeated.
    least: How many calls are timed in any case.
  """
  _fetch(call())
  times = []
  end = time.perf_counter() + seconds
  while len(times) < least or time.perf_counter() < end:
    start = time.perf_counter()
    _fetch(call())
    times.append(time.perf_counter() - start)
  return float(np.median(times))


def matmul_peak(size: int = 2048, seconds: float = 3.0) -> float:
  """Returns the operations per second of the fastest product of matrices."""
  a = tf.random.stateless_normal([size, size], [1, 2])

  @tf.function(autograph=False)
  def product() -> tf.Tensor:
    return tf.linalg.matmul(a, a)[0, 0]

  return 2.0 * size**3 / _fastest(product, seconds)


def convolution_peak(
  batch: int = 64, side: int = 32, channels: int = 128, seconds: float = 3.0
) -> float:
  """Returns the operations per second of the fastest 3x3 convolution."""
  image = tf.random.stateless_normal([batch, side, side, channels], [1, 2])
  kernel = tf.random.stateless_normal([3, 3, channels, channels], [3, 4])

  @tf.function(autograph=False)
  def convolved() -> tf.Tensor:
    return tf.nn.conv2d(image, kernel, 1, "SAME")[0, 0, 0, 0]

  operations = 2.0 * batch * side**2 * 9 * channels**2
  return operations / _fastest(convolved, seconds)


def _fastest(call: Callable[[], object], seconds: float) -> float:
  _fetch(call())
  best, end = float("inf"), time.perf_counter() + seconds
  while time.perf_counter() < end:
    start = time.perf_counter()
    _fetch(call())
    best = min(best, time.perf_counter() - start)
  return best


def _fetch(result: object) -> np.ndarray:
  leaves = tf.nest.flatten(result)
  return leaves[0].numpy()
