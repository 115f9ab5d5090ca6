"""The training of a classifier that measures samples by."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping

import tensorflow as tf
from absl import logging

from experiments.config.data_config import DataConfig
from experiments.config.training_config import TrainingConfig
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.measures.object_classifier import Classifier, ClassifierFacts
from experiments.system import errors, whole_files
from experiments.training import checkpoints, devices, optimizers
from experiments.training.checkpoints import Stateful
from experiments.training.loop import Trainer
from experiments.training.run_dir import RunDir
from experiments.training.task import Export, Pictures, Scalars, Stage
from pyramid_tf import images

_BATCH = 250
# The widest shift of training images, as a share of their side: 3 of 32 pixels.
_SHIFT = 3 / 32

_DESCRIPTIONS = {
  "loss": "Cross entropy of the classes, nats.",
  "accuracy": "Share of images whose most probable class is right.",
}


class ClassifierTask:
  """The `Task` of a classifier.

  Attributes:
    name: The log of its figures.
    model: The `Classifier`, once `build` has made it.
    remedy: Words that say what to change if a loss is not finite.
    descriptions: What the tags of scalars mean.
  """

  name = "classifier"
  remedy = "use another --seed"
  descriptions = _DESCRIPTIONS

  def __init__(self, facts: ClassifierFacts, training: TrainingConfig):
    """Creates no weights yet."""
    self._facts, self._training = facts, training
    self.model: Classifier = None

  def build(self) -> None:
    """Creates the network, its optimizer and its running means."""
    tf.keras.utils.set_random_seed(self._training.seed)
    self.model = Classifier(self._facts)
    steps = [self._training.steps]
    self.model.compile(optimizers.make_optimizer(self._training, steps))
    self.model.optimizer.build(self.model.trainable_variables)
    self._means = {
      tag: tf.keras.metrics.Mean(name=tag) for tag in _DESCRIPTIONS
    }
    self._logits = tf.function(
      self.model.call, reduce_retracing=True, autograph=False
    )

  def start_from(self, directory: str | os.PathLike) -> None:
    """Takes the weights of another classifier's checkpoints."""
    checkpoints.restore_weights(directory, self.model)

  def stages(self) -> list[Stage]:
    """Returns the one stage."""
    name = f"Classifier of {self._facts.dataset}"
    return [Stage(name, self._training.steps, self._step)]

  def checkpointed(self) -> dict[str, Stateful]:
    """Returns the network and its optimizer."""
    return {"model": self.model, "optimizer": self.model.optimizer}

  def _step(self, batch):
    label, optimizer = batch["label"], self.model.optimizer
    image = images.from_uint8(batch["image"])
    image = _shifted(image, self._training.seed, optimizer.iterations)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape() as tape:
      logits = self.model(image, training=True)
      loss = tf.reduce_mean(_cross_entropy(label, logits))
      objective = optimizer.scale_loss(loss / replicas)
    variables = self.model.trainable_variables
    optimizer.apply(tape.gradient(objective, variables), variables)
    self._means["loss"].update_state(loss)
    self._means["accuracy"].update_state(_right(label, logits))
    return {"classifier loss": loss}

  def network(self) -> Classifier:
    """Returns a copy of the network that carries no optimizer."""
    copy = Classifier(self._facts)
    copy.set_weights(self.model.get_weights())
    return copy

  def training_scalars(self) -> Scalars:
    """Returns loss and accuracy since the last call."""
    scalars = {tag: float(mean.result()) for tag, mean in self._means.items()}
    for mean in self._means.values():
      mean.reset_state()
    return {self.name: scalars}

  def headline(self, scalars: Scalars) -> str:
    """Returns loss and accuracy in a few words."""
    tags = scalars[self.name]
    return f"loss {tags['loss']:.3f}  right {100 * tags['accuracy']:.1f} %"

  def validate(self, test: Split, count: int | None = None) -> Scalars:
    """Returns loss and accuracy on the first `count` test images."""
    losses, right, seen = [], [], 0
    for batch in test.batches(_BATCH):
      logits = self._logits(images.from_uint8(batch["image"]))
      losses.append(_cross_entropy(batch["label"], logits))
      right.append(_right(batch["label"], logits))
      seen += len(logits)
      if count is not None and seen >= count:
        break
    figures = {
      "loss": float(tf.reduce_mean(tf.concat(losses, 0))),
      "accuracy": float(tf.reduce_mean(tf.concat(right, 0))),
    }
    logging.info("Accuracy %.3f on %d test images.", figures["accuracy"], seen)
    return {self.name: figures}

  def pictures(self, test: Split) -> Pictures:
    """Returns no pictures."""
    del test
    return {}

  def exports(self) -> Mapping[str, Export]:
    """Returns no SavedModels; a classifier is a `.keras` file."""
    return {}


@dataclasses.dataclass(frozen=True)
class _Stored:
  """What the config.json of a classifier says."""

  data: DataConfig
  training: TrainingConfig


def train(
  data_config: DataConfig,
  training: TrainingConfig,
  out: str,
  resume: bool = False,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> pathlib.Path:
  """Trains a classifier and saves it as `classifier.keras`; says where.

  Args:
    data_config: Labelled images.
    training: How to train.
    out: The folder to write into.
    resume: Whether an earlier start may be continued.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.

  Raises:
    UserError: If the images have no labels, or the folder holds something else.
  """
  run_dir = RunDir(out)
  stored = _Stored(data_config, training)
  run_dir.check("classifier", stored, resume)
  data = datasets.load(data_config, data_dir, cache_dir)
  if data.class_names is None or not data.train.has_labels:
    raise errors.UserError(
      f"{data.name} has no classes. Use a labelled dataset, such as cifar10 or "
      "a folder with a subfolder per class."
    )
  data.check_batch_size(training.batch_size)
  facts = ClassifierFacts(
    dataset=data.name,
    size=data.train.image_shape[0],
    class_names=tuple(data.class_names),
  )
  task = ClassifierTask(facts, training)
  strategy = devices.make_strategy("auto")
  with run_dir.locked():
    trainer = Trainer(task, training, run_dir, strategy)
    run_dir.start("classifier", stored, resume)
    result = trainer.run(data.train, data.test)
    path = run_dir.path / "classifier.keras"
    with whole_files.replacing(path) as temporary:
      task.network().save(temporary)
    figures = {**result.validation[task.name], "seconds": result.seconds}
    run_dir.write_json("metrics.json", figures)
    run_dir.finish(None, training.steps)
  print(f"Accuracy {figures['accuracy']:.3f} on test images; wrote {path}")
  return path


def _shifted(image, seed, step):
  """Images moved by a few pixels, the same way throughout a batch."""
  step = tf.cast(step, tf.int32)
  shift = round(_SHIFT * image.shape[1])
  offset = tf.random.stateless_uniform(
    [2],
    tf.random.fold_in(tf.constant([seed, 5]), step),
    0,
    2 * shift + 1,
    tf.int32,
  )
  around = [[0, 0], [shift, shift], [shift, shift], [0, 0]]
  padded = tf.pad(image, around, "REFLECT")
  begin = tf.concat([[0], offset, [0]], 0)
  return tf.ensure_shape(tf.slice(padded, begin, tf.shape(image)), image.shape)


def _cross_entropy(label, logits):
  return tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)


def _right(label, logits):
  answer = tf.argmax(logits, -1, tf.int32)
  return tf.cast(answer == tf.cast(label, tf.int32), tf.float32)
