"""Checks of what a served model is asked, as part of its graph.

They act wherever the graph runs: called from Python, in a session, in TF
Serving. A refused request raises `InvalidArgumentError` with the input's name.
"""

from typing import NamedTuple

import tensorflow as tf

from pyramid_tf.choices import MAX_TEMPERATURE

MAX_BATCH = 1024
"""Rows of one call, so that a request of a few bytes cannot ask for all the
memory of a server."""

LARGEST_PIXEL = 1.01
"""Images lie in [-1, 1]; the margin forgives how a client rounds."""


class Input(NamedTuple):
  """What an input of a signature may be. Floats must be finite as well.

  Attributes:
    shape: Its shape; a first None is the batch.
    dtype: Its type.
    low: The smallest value allowed; None allows any.
    high: The largest value allowed, given with `low`.
  """

  shape: tuple[int | None, ...]
  dtype: tf.DType
  low: float | None = None
  high: float | None = None

  @property
  def is_batch(self) -> bool:
    """Whether there is a row for each image."""
    return bool(self.shape) and self.shape[0] is None


SEED = Input((2,), tf.int32)
COUNT = Input((), tf.int32, 0, MAX_BATCH)
TEMPERATURE = Input((), tf.float32, 0.0, MAX_TEMPERATURE)


def pictures(size: int) -> Input:
  """Returns an input for images in [-1, 1], `[batch, size, size, 3]`."""
  shape = (None, size, size, 3)
  return Input(shape, tf.float32, -LARGEST_PIXEL, LARGEST_PIXEL)


def checked(name: str, value: tf.Tensor, kind: Input) -> tf.Tensor:
  """Returns `value`; refuses another shape or range, and too many rows.

  Args:
    name: Name of the input.
    value: What a call gives.
    kind: What the input may be.
  """
  # TensorFlow believes that callers keep to a signature, and would leave out
  # the check of a shape that the signature states.
  value = tf.compat.v1.placeholder_with_default(value, None, f"given_{name}")
  value = tf.ensure_shape(value, kind.shape)
  if kind.is_batch:
    rows = tf.shape(value)[0]
    rule = f"{name} must have at most {MAX_BATCH} rows"
    value = _require(value, rows <= MAX_BATCH, rule, rows)
  if kind.dtype.is_floating:
    value = tf.debugging.check_numerics(value, f"{name} must be finite")
  if kind.low is not None:
    inside = (value >= kind.low) & (value <= kind.high)
    extremes = value
    if value.shape.rank > 1:
      extremes = tf.stack([tf.reduce_min(value), tf.reduce_max(value)])
    rule = f"{name} must be {kind.low:g} to {kind.high:g}"
    value = _require(value, inside, rule, extremes)
  return value


def of_rows(
  name: str, value: tf.Tensor, leader: str, rows: tf.Tensor
) -> tf.Tensor:
  """Returns `value`, a row of zeros if it is empty; refuses other than `rows`.

  Args:
    name: Name of the input.
    value: The input, `[batch, ...]`.
    leader: Name of the input that says how many rows there are. Beside `count`,
      one row may stand for all.
    rows: The number of rows, an int32 scalar.
  """
  own = tf.shape(value)[0]
  fits, rule = own == rows, f"{name} must have as many rows as {leader}"
  if leader == "count":
    fits |= own == 1
    rule = f"{name} must have one row or as many as count says"
  value = _require(value, fits, rule, tf.stack([own, rows]))
  missing = tf.maximum(1 - own, 0)
  nothing = tf.zeros(tf.concat([[missing], value.shape[1:]], 0), value.dtype)
  return tf.concat([value, nothing], 0)


def _require(
  value: tf.Tensor, condition: tf.Tensor, rule: str, evidence: tf.Tensor
) -> tf.Tensor:
  """Returns `value`; a call for which `condition` does not hold fails.

  Args:
    value: An input of a signature.
    condition: Booleans of any shape, all of which must be true.
    rule: The message; it names the input and what it must be.
    evidence: The numbers at fault, at the end of the message.
  """
  check = tf.raw_ops.Assert(
    condition=tf.reduce_all(condition),
    data=[f"{rule}; got", evidence],
    summarize=3,
  )
  with tf.control_dependencies([check]):
    return tf.identity(value)
