"""The weights that a level samples with."""

import numpy as np
import tensorflow as tf

from lapgan_tf.configs import LAPGANConfig

keras = tf.keras


class KeptAverage:
  """A moving average of a generator's weights, kept as it was at its best.

  The weights themselves swing from step to step. The paper has no average;
  `average_decay=0` and `selection="last"` switch it off.

  Attributes:
    now: The moving average.
    served: The average that was kept, which sampling uses.
  """

  def __init__(
    self, level: keras.Model, generator: keras.Model, config: LAPGANConfig
  ):
    """Starts from the generator's weights.

    Args:
      level: The model that gets the variables, so that they are stored with it.
      generator: The built network whose weights are averaged.
      config: The pyramid.
    """
    self._generator = generator
    self._decay = config.average_decay
    self._keeps_last = config.selection == "last"
    self.now = self._copies(level, "averaged")
    self.served = self._copies(level, "served")
    self._best_score = level.add_weight(
      shape=(),
      initializer=keras.initializers.Constant(np.inf),
      trainable=False,
      dtype="float32",
      name="best_score",
    )

  def _copies(self, level: keras.Model, name: str) -> list[keras.Variable]:
    """Creates variables for another set of the generator's weights."""
    copies = []
    for i, weight in enumerate(self.trained):
      copy = level.add_weight(
        shape=weight.shape,
        dtype=weight.dtype,
        initializer="zeros",
        trainable=False,
        aggregation="only_first_replica",
        name=f"{name}_{i}",
      )
      copy.assign(weight)
      copies.append(copy)
    return copies

  @property
  def trained(self) -> list[keras.Variable]:
    """The generator's own weights, in the order of the averages."""
    network = self._generator
    return network.trainable_variables + network.non_trainable_variables

  @property
  def best_score(self) -> float:
    """The score of the served average; infinite before the first score."""
    # `float` alone refuses a variable that several replicas hold.
    return float(tf.convert_to_tensor(self._best_score))

  def restart(self) -> None:
    """Starts again from the generator's weights of now, and serves them."""
    for average, weight in zip(self.now, self.trained, strict=True):
      average.assign(weight)
    self.serve()

  def update(self, step: tf.Tensor) -> None:
    """Moves the average `now` towards the weights, after `step` steps."""
    step = tf.cast(step, tf.float32)
    # The first steps are forgotten sooner.
    decay = tf.minimum(self._decay, (1.0 + step) / (10.0 + step))
    if not self._decay:
      decay = tf.zeros_like(step)
    for average, weight in zip(self.now, self.trained, strict=True):
      weight = tf.convert_to_tensor(weight)
      average.assign(weight + decay * (average - weight))

  def keep_if_best(self, score: float) -> bool:
    """Serves the average `now` if `score` is the smallest yet.

    Args:
      score: Smaller is better; with `selection="last"` any score does.

    Returns:
      Whether the average was kept.
    """
    if score < self.best_score or self._keeps_last:
      self.serve()
      self._best_score.assign(score)
      return True
    return False

  def forget_score(self) -> None:
    """Lets any score choose weights again."""
    self._best_score.assign(np.inf)

  def serve(self) -> None:
    """Serves the average `now`, whatever its score."""
    for served, average in zip(self.served, self.now, strict=True):
      served.assign(average)

  def serve_unless_kept(self) -> None:
    """Serves the average `now` if no score has chosen weights yet."""
    if not np.isfinite(self.best_score):
      self.serve()

  def take_served(self) -> None:
    """Puts the served weights in the place of the trained and the average."""
    sets = (self.served, self.now, self.trained)
    for served, average, weight in zip(*sets, strict=True):
      average.assign(served)
      weight.assign(served)
