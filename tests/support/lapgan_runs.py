"""Tiny LAPGAN runs, for tests of what commands make of them."""

import json
import pathlib

import numpy as np
import tensorflow as tf
from PIL import Image

from experiments.config.data_config import DataConfig
from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.config.training_config import TrainingConfig
from lapgan_tf.configs import LAPGANConfig, LayerConfig, LevelConfig


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


def tiny_levels(sizes=(16, 8)) -> tuple[LevelConfig, ...]:
  """A convolution, a dense layer at the coarsest level, then the band."""
  levels = []
  for i, size in enumerate(sizes):
    if i < len(sizes) - 1:
      first = LayerConfig(filters=3, kernel_size=3)
      band = LayerConfig(filters=3, kernel_size=3, activation="linear")
      judge = LayerConfig(filters=4, kernel_size=3, stride=2, dropout=0.5)
    else:
      first = LayerConfig(filters=6)
      band = LayerConfig(filters=3 * size**2, activation="linear")
      judge = LayerConfig(filters=6, dropout=0.5)
    levels.append(
      LevelConfig(
        size=size, generator=(first, band), discriminator=(judge,), noise_dim=5
      )
    )
  return tuple(levels)


def tiny_config(name: str, sizes=(16, 8), model=None, **training) -> RunConfig:
  """Two levels, four steps of eight images each."""
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
    model=LAPGANConfig(levels=tiny_levels(sizes), **(model or {})),
    data=DataConfig(name=name, size=sizes[0]),
    training=TrainingConfig(**{**options, **training}),
  )


def environment(folder: pathlib.Path, name="run", **options) -> Environment:
  """A run in a folder, with its cache beside it."""
  return Environment(
    run_dir=str(folder / name),
    cache_dir=str(folder / "cache"),
    strategy="cpu",
    **options,
  )


def stored(level_dir: pathlib.Path, step: int) -> dict[str, np.ndarray]:
  """Every tensor of a checkpoint but the count of checkpoints written."""
  path = str(level_dir / "checkpoints" / f"ckpt-{step}")
  reader = tf.train.load_checkpoint(path)
  return {
    name: reader.get_tensor(name)
    for name in reader.get_variable_to_shape_map()
    if not name.startswith(("save_counter", "_CHECKPOINTABLE"))
  }


def read_json(path: pathlib.Path):
  """The values in a small file."""
  return json.loads(path.read_text(encoding="utf-8"))


def demo_assignments(name: str) -> list[str]:
  """Changes of `lapgan_demo` that leave three levels of a few filters."""
  return [
    f"data.name={name}",
    "data.holdout=0",
    "training.level_steps=(2,3,4)",
    "training.batch_size=8",
    "training.log_every=1",
    "training.validate_every=2",
    "training.checkpoint_every=2",
    "model.levels.0.generator.0.filters=3",
    "model.levels.0.generator.1.filters=3",
    "model.levels.1.generator.0.filters=3",
    "model.levels.1.generator.1.filters=3",
    "model.levels.2.generator.0.filters=6",
    "model.levels.2.generator.1.filters=6",
    "model.levels.*.discriminator.*.filters=4",
  ]


def demo_options(folder: pathlib.Path, name: str) -> list[str]:
  """The same as flags of `experiments.train`."""
  return [
    "--config=lapgan_demo",
    f"--cache_dir={folder / 'cache'}",
    "--strategy=cpu",
    *(f"--set={assignment}" for assignment in demo_assignments(name)),
  ]
