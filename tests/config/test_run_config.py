"""LAPGAN presets by name, and the rules of a run's configuration."""

import json
import pathlib
import re
import shlex

import pytest

from experiments.config import overrides, presets
from experiments.system import errors

_RESULTS = pathlib.Path(__file__).resolve().parents[2] / "experiments/results"
_CIFAR = ("cifar10", 5000, False)


@pytest.mark.parametrize(
  "name, sizes, classes, data",
  [
    ("lapgan_cifar10", (28, 14, 8), 0, _CIFAR),
    ("lapgan_cifar10_gist", (28, 14, 8), 0, _CIFAR),
    ("lapgan_cifar10_32", (32, 16, 8), 0, _CIFAR),
    ("cc_lapgan_cifar10", (28, 14, 8), 10, _CIFAR),
    ("cc_lapgan_cifar10_32", (32, 16, 8), 10, _CIFAR),
    ("gan_cifar10", (32,), 0, _CIFAR),
    ("lapgan_stl10", (96, 64, 32, 16, 8), 0, ("stl10", 5000, False)),
    ("lapgan_lsun", (64, 32, 16, 8, 4), 0, ("lsun/bedroom", 5000, True)),
    ("lapgan_demo", (64, 32, 16), 0, ("faces", 500, True)),
  ],
)
def test_presets_train_the_pyramids_of_the_paper(name, sizes, classes, data):
  """Section 3.1 and 3.2: levels, classes, images; 28 pixels are corners."""
  config = presets.PRESETS[name]()
  assert config.model.sizes == sizes
  assert config.model.num_classes == classes
  found = config.data
  assert (found.name, found.holdout, found.horizontal_flip) == data
  assert found.size == sizes[0]
  assert found.corner_crops_of == (32 if sizes[0] == 28 else None)
  if name == "lapgan_demo":
    return
  for schedule, optimizer in (
    ("", "sgd"),
    ("_eyescream", "sgd"),
    ("_adam",) * 2,
  ):
    other = presets.PRESETS[name + schedule]()
    assert (other.model, other.data) == (config.model, config.data)
    assert other.training.optimizer == optimizer.strip("_")
    assert other.training.steps == config.training.steps


def test_narrow_presets_differ_in_width_alone():
  """For machines without an accelerator."""
  whole, half = (
    presets.PRESETS[f"lapgan_cifar10_32_adam{suffix}"]()
    for suffix in ("", "_half")
  )
  assert (half.data, half.training) == (whole.data, whole.training)
  for level, narrow in zip(whole.model.levels, half.model.levels, strict=True):
    pairs = zip(level.generator[:-1], narrow.generator[:-1], strict=True)
    assert all(wide.filters == 2 * thin.filters for wide, thin in pairs)
    assert level.generator[-1] == narrow.generator[-1]


def test_lsun_starts_without_momentum_at_half_the_rate():
  """Section 3.2's schedule is that of the code."""
  training = presets.PRESETS["lapgan_lsun"]().training
  assert (training.learning_rate, training.momentum) == (0.01, 0.0)
  assert presets.PRESETS["lapgan_lsun_adam"]().training.learning_rate == 2e-4


@pytest.mark.parametrize(
  "name, change, pieces",
  [
    ("lapgan_demo", "batch_size=6", ["batch_size=6", "multiple of 4"]),
    ("lapcvae_demo_adversarial", "batch_size=1", ["batch_size=1", "least 2"]),
    ("lapgan_demo", "level_steps=(1,2)", ["(1, 2)", "3 levels"]),
    ("lapgan_demo", "level_steps=(1,0,2)", ["(1, 0, 2)", "at least 1"]),
    ("lapcvae_demo", "level_steps=(1,2,3)", ["(1, 2, 3)", "training.steps"]),
    ("lapgan_demo", "optimizer=adagrad", ["'adagrad'", "sgd"]),
    ("lapgan_demo", "momentum=1.0", ["momentum", "[0, 1)", "1.0"]),
    ("lapgan_demo", "adam_beta_1=-0.1", ["adam_beta_1", "-0.1"]),
    ("lapgan_demo", "decay_per_epoch=-1.0", ["decay_per_epoch", "-1.0"]),
    ("lapgan_demo", "epoch_steps=0", ["epoch_steps", "at least 1"]),
    ("lapcvae_demo", "warmup_steps=9999", ["warmup_steps", "9999"]),
    ("lapcvae_demo", "seed=-1", ["seed", "-1"]),
  ],
)
def test_impossible_trainings_are_refused(name, change, pieces):
  """Before anything is loaded; value, rule and remedy are named."""
  with pytest.raises(overrides.OverrideError) as caught:
    overrides.apply_overrides(presets.PRESETS[name](), [f"training.{change}"])
  assert all(piece in str(caught.value) for piece in pieces), caught.value


def test_steps_that_no_level_would_take_are_refused():
  """Where the preset gives each level its own."""
  with pytest.raises(errors.UserError, match="training.level_steps"):
    presets.configured("lapgan_demo", ["training.steps=7"])
  for level_steps, first in (("()", 7), ("(1,2,3)", 1)):
    changes = ["training.steps=7", f"training.level_steps={level_steps}"]
    config = presets.configured("lapgan_demo", changes)
    assert config.training.of_level(0).steps == first
  config = presets.configured("lapcvae_demo", ["training.steps=7"])
  assert config.training.steps == 7


@pytest.mark.parametrize(
  "name, change, need",
  [
    ("lapcvae_demo", "training.momentum=0.5", "optimizer='sgd'"),
    ("lapgan_cifar10", "training.adam_beta_1=0.5", "optimizer='adam'"),
    ("lapcvae_demo", "training.decay_per_epoch=0.1", "'per_epoch'"),
    ("lapcvae_demo", "training.epoch_steps=7", "'power'"),
    ("lapcvae_demo", "training.adversary_optimizer=rmsprop", "likelihood"),
    ("lapgan_demo", "training.adversary_learning_rate=0.1", "likelihood"),
    ("lapcvae_demo", "data.stream_buffer=7", "stream=True"),
    ("lapcvae_demo", "model.levels.*.adversary.weight=7", "'adversarial'"),
    (
      "lapcvae_demo_adversarial",
      "model.levels.0.adversary.feature_weight=0.5",
      "'discriminator_features'",
    ),
    (
      "vaegan_celeba64",
      "model.levels.0.adversary.weight=7.0",
      "'adversarial'",
    ),
    ("lapcvae_demo", "model.levels.0.pixel_cnn.layers=2", "'pixelcnn'"),
    ("lapcvae_celeba64_no_m", "model.prior_hidden_units=7", "'learned'"),
    ("vae_demo", "model.consistency_steps=1", "several levels"),
    ("lapcvae_celeba64", "model.variance_momentum=0.5", "calibrated"),
    ("lapgan_demo", "model.label_plane=first_maps", "num_classes"),
    ("lapgan_cifar10", "model.penalty_every=4", "real_penalty"),
    (
      "lapgan_cifar10",
      "model.generated_from=photographs",
      "generated_low_pass",
    ),
    ("lapgan_demo", "model.levels.2.generated_low_pass=0.5", "coarser"),
    ("gan_cifar10", "model.generated_low_pass=0.5", "several levels"),
    ("gan_cifar10", "model.levels.0.generator.0.stride=2", "kernel_size"),
  ],
)
def test_changes_without_effect_are_refused(name, change, need):
  """What they need is named; a default given again misleads nobody."""
  config = presets.configured(name, [change])
  with pytest.raises(overrides.OverrideError) as caught:
    overrides.check_effects(config, [change])
  message = str(caught.value)
  assert f"--set={change} has no effect" in message and need in message


@pytest.mark.parametrize(
  "name, changes",
  [
    ("lapcvae_demo", ["training.optimizer=sgd", "training.momentum=0.5"]),
    ("lapcvae_demo", ["training.momentum=0.0"]),
    ("lapcvae_demo_adversarial", ["model.levels.*.adversary.weight=7"]),
    ("cc_lapgan_cifar10_32", ["model.label_plane=first_maps"]),
    (
      "lapgan_cifar10",
      ["model.generated_low_pass=0.5", "model.generated_from=photographs"],
    ),
    ("lapgan_cifar10", ["model.levels.0.generated_low_pass=0.5"]),
    ("lapcvae_demo", ["training.seed=3", "model.levels.0.kl_weight=2"]),
  ],
)
def test_changes_with_an_effect_are_let_pass(name, changes):
  """On one level at least, or together with another change."""
  overrides.check_effects(presets.configured(name, changes), changes)


def test_committed_commands_change_nothing_in_vain():
  """Each of the trainings that results come from can be repeated."""
  checked = 0
  for path in _RESULTS.glob("*.json"):
    text = path.read_text(encoding="utf-8")
    for string in re.findall(r'"command": ("(?:[^"\\]|\\.)*")', text):
      _, train, options = json.loads(string).partition("experiments.train ")
      if not train:
        continue
      words = [word.partition("=") for word in shlex.split(options)]
      given = [(flag, value) for flag, _, value in words]
      changes = [value for flag, value in given if flag == "--set"]
      size = int(dict(given).get("--size") or 0) or None
      config = presets.configured(dict(given)["--config"], changes, size)
      overrides.check_effects(config, changes)
      checked += 1
  assert checked > 50


@pytest.mark.parametrize(
  "name, size", [("lapgan_cifar10_32", 32), ("lapcvae_demo", 64)]
)
def test_images_of_another_size_than_the_model_are_refused(name, size):
  """They would be scaled silently; --size sets both, before assignments."""
  with pytest.raises(overrides.OverrideError, match=f"{size} .* 16.*--size"):
    overrides.apply_overrides(presets.PRESETS[name](), ["data.size=16"])
  with pytest.raises(errors.UserError, match="--size=2"):
    presets.configured(name, [], 2)


@pytest.mark.parametrize(
  "name, size, sizes, corners",
  [
    ("lapcvae_demo", 48, (48, 24, 12), None),
    ("lapcvae_celeba64", 50, (50, 25, 13, 7), None),
    ("vae_demo", 48, (48,), None),
    ("lapgan_cifar10_32", 50, (50, 25, 13), None),
    ("lapgan_cifar10", 56, (56, 28, 16), 64),
    ("gan_cifar10", 48, (48,), None),
  ],
)
def test_any_size_sets_images_and_levels_together(name, size, sizes, corners):
  """Levels keep their ratio, rounded up; corner windows theirs."""
  config = presets.configured(name, [], size)
  assert config.model.sizes[: len(sizes)] == sizes
  assert (config.data.size, config.data.corner_crops_of) == (size, corners)


def test_a_lapgan_trains_by_level_and_a_lapcvae_as_a_whole():
  """The coarsest first, each once, in whatever order they are named."""
  lapgan = presets.PRESETS["lapgan_demo"]()
  assert lapgan.parts() == ["level_2", "level_1", "level_0"]
  assert lapgan.parts([0, 2, 0]) == ["level_2", "level_0"]
  lapcvae = presets.PRESETS["lapcvae_demo"]()
  assert lapcvae.parts() == [None]
  with pytest.raises(errors.UserError, match="--levels=0"):
    lapcvae.parts([0])
  for k in (3, -1):
    with pytest.raises(errors.UserError, match=f"--levels={k}: .* 0 .* 2 "):
      lapgan.parts([0, k])


def test_levels_may_take_different_numbers_of_steps():
  """Everything else is the same; without, all take the run's."""
  training = presets.PRESETS["lapgan_demo"]().training
  steps = [training.of_level(k).steps for k in range(3)]
  assert steps == list(training.level_steps) and len(set(steps)) == 3
  assert {training.of_level(k).learning_rate for k in range(3)} == {8e-4}
  gan = presets.PRESETS["gan_cifar10"]().training
  assert gan.of_level(0) == gan
