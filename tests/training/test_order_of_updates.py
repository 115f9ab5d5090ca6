"""A step reads all weights before it moves any, as the graph is executed."""

import pytest
import tensorflow as tf
from support import executed_graphs, small_models

from lapcvae_tf.model import LapCVAE

_MOVES = ("AssignSubVariableOp", "AssignAddVariableOp")


def _before(nodes, name):
  """Names of all nodes that are done when this one starts."""
  found, left = set(), [name]
  while left:
    for entry in nodes[left.pop()].input:
      before = entry.removeprefix("^").split(":")[0]
      if before in nodes and before not in found:
        found.add(before)
        left.append(before)
  return found


def _of_lapcvae(config):
  model = LapCVAE(config)
  optimizers = [tf.keras.optimizers.SGD(0.1) for _ in range(3)]
  model.compile(
    optimizer=optimizers[0],
    generator_optimizer=optimizers[1],
    discriminator_optimizer=optimizers[2],
  )
  image = small_models.pictures(4)
  objective, _ = model.objectives()[0]
  step = tf.function(lambda: model.step_towards(image, objective))
  return step, len(model.trainable_variables)


def _of_lapgan(**options):
  level = small_models.lapgan_level(0, **options)
  level.compile(tf.keras.optimizers.SGD(0.1), tf.keras.optimizers.SGD(0.1))
  image = small_models.pictures(8)
  step = tf.function(lambda: level.train_step(image))
  return step, len(level.trainable_variables)


_STEPS = {
  "lapcvae": lambda: _of_lapcvae(small_models.lapcvae_config(2)),
  "adversarial": lambda: _of_lapcvae(small_models.adversarial_config(2, 1)),
  "lapgan": lambda: _of_lapgan(),
  "relativistic": lambda: _of_lapgan(
    loss="relativistic", real_penalty=0.5, generated_penalty=0.5
  ),
}


@pytest.mark.parametrize("kind", _STEPS)
def test_every_weight_is_read_before_it_moves(kind):
  """Statistics that are encoded again have no gradient to wait for.

  A LAPGAN's D moves before G's step reads it again, so that of its readings one
  comes first.
  """
  step, count = _STEPS[kind]()
  nodes = executed_graphs.largest(step)
  moved = 0
  for name, node in nodes.items():
    if node.op not in _MOVES or not name.lower().startswith("sgd"):
      continue
    weight = node.input[0]
    reads = {
      other.name
      for other in nodes.values()
      if other.op == "ReadVariableOp" and other.input[0] == weight
    }
    late = {read for read in reads if name in _before(nodes, read)}
    assert reads - late <= _before(nodes, name), weight
    moved += bool(reads - late)
  assert moved == count
