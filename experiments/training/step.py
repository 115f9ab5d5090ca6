"""The compiled step of a training, the same wherever one is taken or timed."""

from collections.abc import Callable

import tensorflow as tf

from experiments.training.task import Stage


class TrainingStep:
  """Runs a stage's step on every replica.

  Attributes:
    names: Those of the stage's scalars, known once the step has run.
  """

  def __init__(
    self,
    strategy: tf.distribute.Strategy,
    stage: Stage,
    xla: bool = False,
    count: Callable[[], object] = lambda: None,
  ):
    """Compiles nothing yet.

    Args:
      strategy: Where to run.
      stage: What to run.
      xla: Whether XLA compiles the replicas' part.
      count: Called within the compiled step, once for all replicas.
    """
    self.names: list[str] = []

    @tf.function(jit_compile=xla, autograph=False)
    def replica_step(batch, goes_on):
      scalars = dict(stage.step(batch))
      self.names[:] = scalars
      finite = [tf.math.is_finite(value) for value in scalars.values()]
      return tf.cast(tf.stack([*finite, goes_on]), tf.float32)

    @tf.function(autograph=False)
    def step(batch, goes_on):
      flags = strategy.run(replica_step, args=(batch, goes_on))
      count()
      return strategy.reduce(tf.distribute.ReduceOp.MEAN, flags, None)

    self._step = step

  def __call__(self, batch, goes_on: bool = True) -> tf.Tensor:
    """Takes a step.

    Args:
      batch: An element of the strategy's distributed dataset.
      goes_on: What this process tells the others: false if it wants to stop.

    Returns:
      float32 `[len(names) + 1]`: for each scalar the share of replicas where it
      is finite, and the share of those that go on.
    """
    return self._step(batch, tf.constant(goes_on))

  def count_operations(self, batch, prefix: str) -> int:
    """Nodes of the compiled step whose operation's name begins like that."""
    graph = self._step.get_concrete_function(batch, tf.constant(True)).graph
    definition = graph.as_graph_def()
    nodes = list(definition.node)
    for function in definition.library.function:
      nodes += function.node_def
    return sum(node.op.startswith(prefix) for node in nodes)
