"""Models as Keras citizens: what is saved comes back as it was."""

import json

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from experiments.config.training_config import TrainingConfig
from experiments.training import optimizers

SEED = tf.constant([1, 2])
_BATCH = {"image": small_models.pictures(8), "label": tf.range(8) % 3}


def _lapcvae():
  return small_models.lapcvae(likelihood="calibrated", target="closed_loop")


def _lapgan():
  return small_models.lapgan(num_classes=3, generator={"batch_norm": True})


_MODELS = {
  "lapcvae": _lapcvae,
  "lapcvae_level": lambda: _lapcvae().level_models[0],
  "lapgan": _lapgan,
  "lapgan_level": lambda: _lapgan().level_models[0],
}


def _parts(name, model):
  """The models within `model` that train."""
  return model.level_models if name == "lapgan" else [model]


def _outputs(name, model):
  """Everything that `model` computes from noise or images."""
  image = small_models.pictures()
  if name == "lapcvae":
    return [model.sample(SEED, 2), model.reconstruct(image)]
  if name == "lapcvae_level":
    latents = [tf.ones((4, 3)), tf.ones((4, 4))]
    return [*model.posterior(image, image), model.decode(latents, image)]
  label = tf.range(4) % 3
  if name == "lapgan":
    return model.sample_chain(SEED, 4, label)
  band, low_pass = model.real_bands(image)
  drawn = [
    model.generate(low_pass, SEED, label, w) for w in ("served", "averaged")
  ]
  return [band, *drawn, model.discriminate(band, low_pass, label)]


def _optimizer_variables(part):
  names = ("optimizer", "generator_optimizer", "discriminator_optimizer")
  held = [o for o in (getattr(part, name, None) for name in names) if o]
  return [variable for optimizer in held for variable in optimizer.variables]


def _compiled(part, name):
  config = TrainingConfig(
    steps=9, optimizer=name, momentum=0.5, epoch_steps=2, warmup_steps=4
  )
  count = 2 if hasattr(part, "discriminator") else 1
  part.compile(
    *(optimizers.make_optimizer(config, [4, 5]) for _ in range(count))
  )


def _assert_equal(actual, expected):
  for ours, theirs in zip(actual, expected, strict=True):
    np.testing.assert_array_equal(ours, theirs)


def _loaded(model, tmp_path, **options):
  path = tmp_path / "model.keras"
  model.save(path)
  return tf.keras.models.load_model(path, **options)


@pytest.mark.parametrize("name", _MODELS)
def test_a_model_comes_back_from_its_configuration(name):
  """Plain data describe it: the same class, name and shapes of weights."""
  model = _MODELS[name]()
  plain = json.loads(json.dumps(model.get_config()))
  twin = type(model).from_config(plain)
  assert twin.get_config() == plain
  assert twin.name == model.name
  assert [w.shape for w in twin.weights] == [w.shape for w in model.weights]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("name", _MODELS)
def test_a_saved_model_computes_the_same(name, policy, tmp_path):
  """Weights, averages, statistics and precision, whatever the policy is now."""
  tf.keras.mixed_precision.set_global_policy(policy)
  try:
    model = _MODELS[name]()
  finally:
    tf.keras.mixed_precision.set_global_policy("float32")
  for part in _parts(name, model):
    if hasattr(part, "average"):
      for weight in (*part.average.now, *part.average.served):
        weight.assign(weight + 0.1)
  loaded = _loaded(model, tmp_path)
  assert type(loaded) is type(model)
  _assert_equal(loaded.weights, model.weights)
  _assert_equal(_outputs(name, loaded), _outputs(name, model))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("name", ["lapcvae", "lapgan", "lapgan_level"])
def test_a_saved_training_goes_on_as_if_it_had_not_stopped(
  name, optimizer, tmp_path
):
  """Optimizers, their schedules, and noise that depends on seed and step."""
  model = _MODELS[name]()
  for part in _parts(name, model):
    _compiled(part, optimizer)
    part.train_step(_BATCH)
  loaded = _loaded(model, tmp_path)
  pairs = zip(_parts(name, model), _parts(name, loaded), strict=True)
  for part, twin in pairs:
    for step in range(2):
      if step:
        part.train_step(_BATCH)
        twin.train_step(_BATCH)
      _assert_equal(twin.weights, part.weights)
      _assert_equal(_optimizer_variables(twin), _optimizer_variables(part))


def test_a_model_may_be_loaded_without_its_optimizers(tmp_path):
  """Then who made their schedules need not be imported."""
  model = _lapgan()
  for part in model.level_models:
    _compiled(part, "sgd")
  loaded = _loaded(model, tmp_path, compile=False)
  assert not any(level.compiled for level in loaded.level_models)
  _assert_equal(_outputs("lapgan", loaded), _outputs("lapgan", model))
