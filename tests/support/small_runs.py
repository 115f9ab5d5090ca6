"""Tiny runs of both families, for tests of what is made of them."""

import contextlib
import dataclasses
import io
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_models
from tensorboard.backend.event_processing import event_accumulator

from experiments.config.data_config import DataConfig
from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.config.training_config import TrainingConfig
from experiments.families.lapcvae_task import LapCVAETask
from experiments.runs import exports, job
from experiments.training.checkpoints import Checkpoints
from experiments.training.run_dir import RunDir
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE
from lapgan_tf.configs import LAPGANConfig

# Changes that leave a few filters of any preset of a LapCVAE.
SMALL_MODEL = (
  "model.levels.*.encoder_filters=(2,2,2)",
  "model.levels.*.decoder_filters=(2,2,2)",
  "model.levels.*.bottleneck_filters=2",
  "model.levels.*.hidden_units=4",
  "model.levels.*.latent_dim=3",
)


def write_pictures(folder: pathlib.Path, classes=("",), count=24) -> str:
  """Noisy ramps, a subfolder per class; returns their dataset's name."""
  generator = np.random.default_rng(0)
  for name in classes:
    (folder / name).mkdir(parents=True, exist_ok=True)
    for i in range(count):
      ramp = np.linspace(0, generator.integers(100, 200), 40)[:, None, None]
      noise = generator.integers(0, 50, (40, 36, 3))
      picture = Image.fromarray((ramp + noise).astype(np.uint8))
      picture.save(folder / name / f"{i}.png")
  return f"folder:{folder}"


def config(
  model: LapCVAEConfig | LAPGANConfig, name: str, **training
) -> RunConfig:
  """Four steps of eight images each, with logs of each."""
  options = {
    "steps": 4,
    "batch_size": 8,
    "learning_rate": 0.01,
    "log_every": 1,
    "validate_every": 2,
    "checkpoint_every": 2,
    "validation_images": 4,
  }
  return RunConfig(
    model=model,
    data=DataConfig(name=name, size=model.sizes[0]),
    training=TrainingConfig(**{**options, **training}),
  )


def lapgan_config(name: str, num_levels=2, model=None, **training):
  """`config` of a LAPGAN."""
  made = small_models.lapgan_config(num_levels, **(model or {}))
  return config(made, name, **training)


def environment(folder: pathlib.Path, name="run", **options) -> Environment:
  """A run in a folder, with its cache beside it."""
  return Environment(
    run_dir=str(folder / name),
    cache_dir=str(folder / "cache"),
    strategy="cpu",
    **options,
  )


@dataclasses.dataclass(frozen=True)
class Trained:
  """A finished run of a family, and what others like it need.

  Attributes:
    folder: Where the run, its pictures and their cache lie.
    config: The configuration.
    run_dir: The run, whose name has a space in it.
    said: What the training printed.
  """

  folder: pathlib.Path
  config: RunConfig
  run_dir: RunDir
  said: str = ""

  @classmethod
  def of(cls, folder: pathlib.Path, made: RunConfig) -> "Trained":
    """Trains a configuration in a folder that may hold its pictures."""
    trained = cls(folder, made, RunDir(folder / "a run"))
    with contextlib.redirect_stdout(io.StringIO()) as said:
      trained.train("a run")
    return dataclasses.replace(trained, said=said.getvalue())

  @property
  def parts(self) -> list[str | None]:
    """What trains on its own, in the order of training."""
    return self.config.parts()

  @property
  def levels(self) -> list[str]:
    """Names of the levels, finest first."""
    return [f"level_{k}" for k in range(self.config.model.num_levels)]

  def train(
    self, name: str, made: RunConfig | None = None, **options
  ) -> RunDir:
    """Trains in another folder beside; options are of the environment."""
    around = environment(self.folder, name, **options)
    job.train("tiny", made or self.config, around)
    return RunDir(around.run_dir)

  def with_training(self, **training) -> RunConfig:
    """The configuration with other fields of the training."""
    changed = dataclasses.replace(self.config.training, **training)
    return dataclasses.replace(self.config, training=changed)

  def copy(self, folder: pathlib.Path) -> RunDir:
    """A copy of the run, to be spoilt."""
    shutil.copytree(self.run_dir.path, folder)
    return RunDir(folder)


def write_run(
  folder: pathlib.Path, model: LapCVAEConfig, data: DataConfig
) -> str:
  """A run as a training leaves it before its end; returns its folder."""
  made = RunConfig(model=model, data=data, training=TrainingConfig(steps=1))
  run_dir = RunDir(folder)
  run_dir.start("tiny", made, resume=False)
  network = LapCVAE(model)
  generator = np.random.default_rng(0)
  for weight in network.weights:
    low, high = (0.5, 1.5) if "variance" in weight.name else (-0.4, 0.4)
    weight.assign(generator.uniform(low, high, weight.shape))
  Checkpoints(run_dir.checkpoints, {"model": network}).save()
  return str(run_dir.path)


def without_exports(patch: pytest.MonkeyPatch) -> None:
  """Lets runs end without SavedModels, which take a fifth of their time."""
  patch.setattr(exports, "write", lambda *_: None)


def killed_and_resumed(trained: Trained, monkeypatch, step=2) -> RunDir:
  """The run as a kill after a step's checkpoint leaves it, resumed.

  It draws no pictures and exports nothing.
  """
  without_exports(monkeypatch)
  monkeypatch.setattr(LapCVAETask, "pictures", lambda self, _: {self.name: {}})
  run_dir = trained.copy(trained.folder / "killed")
  for path in run_dir.checkpoints.iterdir():
    if path.stem != f"ckpt-{step}":
      path.unlink()
  for name in ("status.json", "metrics.json"):
    (run_dir.path / name).unlink()
  return trained.train("killed", resume=True)


def stored(folder: pathlib.Path, step: int) -> dict[str, np.ndarray]:
  """Every tensor of a checkpoint of a run or of a level's folder."""
  path = str(folder / "checkpoints" / f"ckpt-{step}")
  reader = tf.train.load_checkpoint(path)
  return {
    name: reader.get_tensor(name)
    for name in reader.get_variable_to_shape_map()
    if not name.startswith("_CHECKPOINTABLE")
  }


def assert_equal_checkpoints(
  folder: pathlib.Path, other: pathlib.Path, step: int, kinds=("",)
) -> None:
  """Every tensor whose name begins like that is the same, bit for bit."""
  found, expected = (stored(place, step) for place in (folder, other))
  assert set(found) == set(expected)
  for kind in kinds:
    names = [name for name in expected if name.startswith(kind)]
    assert len(names) > 4, kind
    for name in names:
      np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def events(run_dir: RunDir, name: str) -> event_accumulator.EventAccumulator:
  """All that the TensorBoard log of a level, or of the cascade, holds."""
  return event_accumulator.EventAccumulator(
    str(run_dir.tensorboard(name)), {event_accumulator.TENSORS: 0}
  ).Reload()


def curve(run_dir: RunDir, name: str, tag: str) -> list[tuple[int, float]]:
  """Steps and values of a scalar in a log."""
  return [
    (event.step, float(tf.make_ndarray(event.tensor_proto)))
    for event in events(run_dir, name).Tensors(tag)
  ]


def read_json(path: pathlib.Path):
  """The values in a small file."""
  return json.loads(path.read_text(encoding="utf-8"))


LEVELS_PRESET = "lapgan_cifar10_32_adam"
"""A preset of three levels that do not depend on each other."""


def level_assignments(name: str) -> list[str]:
  """Changes of `LEVELS_PRESET` that leave a few filters."""
  return [
    f"data.name={name}",
    "data.holdout=0",
    "training.level_steps=(2,3,4)",
    "training.batch_size=8",
    "training.log_every=1",
    "training.validate_every=2",
    "training.checkpoint_every=2",
    *(
      f"model.levels.{k}.generator.{i}.filters={6 if k == 2 else 3}"
      for k in range(3)
      for i in range(2)
    ),
    "model.levels.*.discriminator.*.filters=4",
  ]


def level_options(folder: pathlib.Path, name: str) -> list[str]:
  """The same as flags of `experiments.train`."""
  return [
    f"--config={LEVELS_PRESET}",
    f"--cache_dir={folder / 'cache'}",
    "--strategy=cpu",
    *(f"--set={assignment}" for assignment in level_assignments(name)),
  ]
