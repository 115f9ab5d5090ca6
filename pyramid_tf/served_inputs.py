"""Checks of what a served model is asked, as part of its graph.

They act wherever the graph runs: called from Python, in a session, in TF
Serving. What is refused raises `InvalidArgumentError` with the input's name.
"""

import tensorflow as tf

MAX_BATCH = 1024
"""Rows of one call, so that a request of a few bytes cannot ask for all the
memory of a server."""


def require(
  value: tf.Tensor,
  condition: tf.Tensor,
  rule: str,
  shown: tf.Tensor | None = None,
) -> tf.Tensor:
  """`value`; in a call for which `condition` does not hold, an error.

  Args:
    value: An input of a signature.
    condition: Booleans of any shape, all of which must be true.
    rule: The message; it names the input and what it must be.
    shown: What is at fault, shown behind the rule. Default: `value`.
  """
  check = tf.raw_ops.Assert(
    condition=tf.reduce_all(condition),
    data=[f"{rule}; got", value if shown is None else shown],
    summarize=3,
  )
  with tf.control_dependencies([check]):
    return tf.identity(value)


def is_batch(spec: tf.TensorSpec) -> bool:
  """Whether an input has a row for each image."""
  return spec.shape.rank > 0 and spec.shape[0] is None


def checked(name: str, value: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
  """`value`, refused unless it has the shape, is finite and not too long."""
  # Of unknown shape again, or the check would be taken for proven: TensorFlow
  # believes a signature, and does not hold its callers to it.
  value = tf.compat.v1.placeholder_with_default(value, None, f"given_{name}")
  value = tf.ensure_shape(value, spec.shape)
  if is_batch(spec):
    rows = tf.shape(value)[0]
    rule = f"{name} must have at most {MAX_BATCH} rows"
    value = require(value, rows <= MAX_BATCH, rule, rows)
  if name == "count":
    allowed = (value >= 0) & (value <= MAX_BATCH)
    value = require(value, allowed, f"count must be 0 to {MAX_BATCH}")
  if spec.dtype.is_floating:
    value = tf.debugging.check_numerics(value, f"{name} must be finite")
  return value


def of_rows(
  name: str, value: tf.Tensor, leader: str, rows: tf.Tensor
) -> tf.Tensor:
  """`value`, refused unless it has `rows` rows; one of zeros if it has none.

  Args:
    name: Of the input.
    value: The input, `[batch, ...]`.
    leader: Name of the input that says how many rows there are. Beside `count`,
      one row may stand for all.
    rows: Int32 scalar.
  """
  own = tf.shape(value)[0]
  fits, rule = own == rows, f"{name} must have as many rows as {leader}"
  if leader == "count":
    fits |= own == 1
    rule = f"{name} must have one row or as many as count says"
  value = require(value, fits, rule, tf.stack([own, rows]))
  missing = tf.maximum(1 - own, 0)
  nothing = tf.zeros(tf.concat([[missing], value.shape[1:]], 0), value.dtype)
  return tf.concat([value, nothing], 0)
