"""LAPGAN presets by name, and the rules of a LAPGAN run's configuration."""

import pytest

from experiments.config import overrides, presets
from experiments.system import errors

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
    ("lapgan_demo", (32, 16, 8), 0, ("faces", 500, True)),
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
  "name, change, message",
  [
    (
      "lapgan_demo",
      "batch_size=6",
      "in quarters; got batch_size=6. Set a mult",
    ),
    ("lapgan_demo", "level_steps=(1,2)", r"of the 3 levels.*got \(1, 2\)"),
    ("lapgan_demo", "level_steps=(1,0,2)", r"at least 1, got \(1, 0, 2\)"),
    ("lapcvae_demo", "level_steps=(1,2,3)", "LapCVAE's train together. Set tr"),
    ("lapgan_demo", "optimizer=adagrad", "adam, sgd; got 'adagrad'"),
    ("lapgan_demo", "momentum=1.0", r"momentum lies in \[0, 1\), got 1.0"),
    ("lapgan_demo", "adam_beta_1=-0.1", r"adam_beta_1 lies in \[0, 1\)"),
    ("lapgan_demo", "decay_per_epoch=-1.0", "decay_per_epoch is at least 0"),
    ("lapgan_demo", "epoch_steps=0", "epoch_steps is a count of at least 1"),
  ],
)
def test_impossible_trainings_are_refused(name, change, message):
  """Before anything is loaded; value, rule and remedy are named."""
  with pytest.raises(overrides.OverrideError, match=message):
    overrides.apply_overrides(presets.PRESETS[name](), [f"training.{change}"])


def test_steps_that_no_level_would_take_are_refused():
  """Where the preset gives each level its own."""
  with pytest.raises(errors.UserError, match="training.steps has no effect"):
    presets.configured("lapgan_demo", ["training.steps=7"])
  for level_steps, first in (("()", 7), ("(1,2,3)", 1)):
    changes = ["training.steps=7", f"training.level_steps={level_steps}"]
    config = presets.configured("lapgan_demo", changes)
    assert config.training.of_level(0).steps == first
  config = presets.configured("lapcvae_demo", ["training.steps=7"])
  assert config.training.steps == 7


@pytest.mark.parametrize("name", ["lapgan_demo", "lapcvae_demo"])
def test_images_of_another_size_are_refused(name):
  """They would be scaled silently."""
  with pytest.raises(
    overrides.OverrideError, match="level is 32 .* are 16. Set"
  ):
    overrides.apply_overrides(presets.PRESETS[name](), ["data.size=16"])


def test_a_lapgan_trains_by_level_and_a_lapcvae_as_a_whole():
  """The coarsest first, each once, in whatever order they are named."""
  lapgan = presets.PRESETS["lapgan_demo"]()
  assert lapgan.parts() == ["level_2", "level_1", "level_0"]
  assert lapgan.parts([0, 2, 0]) == ["level_2", "level_0"]
  lapcvae = presets.PRESETS["lapcvae_demo"]()
  assert lapcvae.parts() == [None]
  with pytest.raises(
    errors.UserError, match="LapCVAE train together. Leave it"
  ):
    lapcvae.parts([0])
  for k in (3, -1):
    with pytest.raises(
      errors.UserError, match=rf"--levels={k}: .* 0 \(finest\) to 2 \(coarsest"
    ):
      lapgan.parts([0, k])


def test_levels_may_take_different_numbers_of_steps():
  """Everything else is the same; without, all take the run's."""
  training = presets.PRESETS["lapgan_demo"]().training
  assert [training.of_level(k).steps for k in range(3)] == [1000, 1500, 3000]
  assert {training.of_level(k).learning_rate for k in range(3)} == {5e-4}
  gan = presets.PRESETS["gan_cifar10"]().training
  assert gan.of_level(0) == gan
