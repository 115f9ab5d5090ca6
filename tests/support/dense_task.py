"""The smallest experiment: one dense layer, for tests of the training loop."""

import numpy as np
import tensorflow as tf

from experiments.training.task import Stage
from pyramid_tf import images


class DenseTask:
  """Two stages of four steps, in which a layer learns to say one half.

  Attributes:
    counts: What `validate` was asked for.
  """

  name = "cascade"
  remedy = "lower training.learning_rate"
  descriptions = {"weight": "The sum of all weights."}

  def __init__(self, noise=0.5, nan_at=None, at_log=lambda step: None):
    self.counts = []
    self._noise = noise
    self._nan_at = nan_at
    self._at_log = at_log

  def build(self):
    tf.keras.utils.set_random_seed(0)
    inputs = tf.keras.layers.Input((4, 4, 3))
    layers = [inputs, tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)]
    self.model = tf.keras.Sequential(layers)
    self.optimizer = tf.keras.optimizers.Adam(0.01)
    self.optimizer.build(self.model.trainable_variables)

  def checkpointed(self):
    return {"model": self.model, "optimizer": self.optimizer}

  def stages(self):
    return [Stage(name, 4, self._step) for name in ("first", "second")]

  def _step(self, batch):
    step = tf.cast(self.optimizer.iterations, tf.int32)
    seed = tf.random.fold_in(tf.constant([3, 0]), step)
    image = images.from_uint8(batch["image"])
    image += self._noise * tf.random.stateless_normal(tf.shape(image), seed)
    with tf.GradientTape() as tape:
      loss = tf.reduce_mean(tf.square(self.model(image) - 0.5))
      if self._nan_at:
        loss *= tf.where(step + 1 == self._nan_at, np.nan, 1.0)
      objective = loss / tf.distribute.get_strategy().num_replicas_in_sync
    variables = self.model.trainable_variables
    self.optimizer.apply(tape.gradient(objective, variables), variables)
    return {
      "level_0 loss": loss,
      "level_1 loss": 0.0 * tf.cast(step, tf.float32),
    }

  def training_scalars(self):
    weight = float(tf.reduce_sum(self.model.layers[-1].kernel))
    return {"level_0": {"weight": weight}}

  def headline(self, scalars):
    self._at_log(int(tf.convert_to_tensor(self.optimizer.iterations)))
    return f"weight {scalars['level_0']['weight']:.3g}"

  def validate(self, test, count):
    self.counts.append(count)
    output = self.model(images.from_uint8(test.images(0, count)))
    error = float(tf.reduce_mean(tf.square(output - 0.5)))
    return {"level_0": {"error": error}, "cascade": {"rmse": error}}

  def pictures(self, test):
    return {"level_0": {"bands": {"images": test.images(0, 1)}}}
