"""Calls of a served signature that wait for each other and run together.

The waiting is part of the graph, so that TF Serving and every other server that
loads the SavedModel batches too. Only functions whose every row is computed
from its own row of the inputs may be batched.
"""

import dataclasses
import itertools
from collections.abc import Callable, Mapping

import tensorflow as tf

from pyramid_tf.served_inputs import MAX_BATCH

Rows = Callable[..., Mapping[str, tf.Tensor]]

_numbers = itertools.count()


@dataclasses.dataclass(frozen=True)
class Batching:
  """How calls are put together.

  Attributes:
    rows: The most rows that run together; larger calls are split.
    microseconds: How long a call waits for others, unless `rows` are there.
      With 0 calls run together that come while all threads are busy.
    threads: How many such batches run at a time.
  """

  rows: int = 32
  microseconds: int = 0
  threads: int = 1

  def __post_init__(self):
    """Checks the numbers.

    Raises:
      ValueError: If one is out of its range.
    """
    if not 1 <= self.rows <= MAX_BATCH:
      raise ValueError(f"Batches have 1 to {MAX_BATCH} rows, got {self.rows}.")
    if not 0 <= self.microseconds <= 10_000_000:
      raise ValueError(
        f"Calls wait 0 to 10,000,000 microseconds, got {self.microseconds}."
      )
    if self.threads < 1:
      raise ValueError(f"Batches need a thread, got {self.threads}.")


def together(function: Rows, batching: Batching | None) -> Rows:
  """Returns a function whose concurrent calls run together.

  Args:
    function: Takes tensors by name, all with a row for each image, and returns
      tensors by name with as many rows. Rows do not depend on each other.
    batching: How; None returns the function as it is.
  """
  if batching is None:
    return function

  def batched(**given: tf.Tensor) -> dict[str, tf.Tensor]:
    names, shapes = [], []

    @tf.nondifferentiable_batch_function(
      batching.threads,
      MAX_BATCH,
      batching.microseconds,
      # Every number of rows is allowed, so that nothing is padded.
      allowed_batch_sizes=list(range(1, batching.rows + 1)),
      # As many as the largest call has rows: none is turned away.
      max_enqueued_batches=MAX_BATCH,
      autograph=False,
    )
    def run(*values):
      outputs = function(**dict(zip(given, values, strict=True)))
      names[:] = outputs
      shapes[:] = [output.shape for output in outputs.values()]
      return list(outputs.values())

    # TensorFlow takes the name of the scope for that of the queue, and calls of
    # two functions may not meet in one.
    with tf.name_scope(f"queue_{next(_numbers)}"):
      outputs = run(*given.values())
    return {
      name: tf.ensure_shape(output, shape)
      for name, output, shape in zip(names, outputs, shapes, strict=True)
    }

  return batched
