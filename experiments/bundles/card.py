"""The README.md of a bundle: what it is, of what, how good, how to load it."""

import dataclasses
import shlex
from collections.abc import Mapping
from typing import Any

from experiments.config.requests.evaluate import EvaluationRequest
from experiments.evaluation import score_tables
from experiments.runs import description
from experiments.runs.trained_run import TrainedRun

_PAPERS = {
  "LapCVAE": "Dorta et al., 2017",
  "PixelVAE": "[Gulrajani et al., 2017](https://arxiv.org/abs/1611.05013)",
  "LAPGAN": "[Denton et al., 2015](https://arxiv.org/abs/1506.05751)",
}

LICENCES = {
  "faces": "The faces are drawn by the project itself and show nobody; they "
  "come under its licence, Apache-2.0.",
  "celeb_a": "CelebA is for non-commercial research alone; its photographs "
  "belong to others (https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html).",
  "cifar10": "CIFAR-10 states no licence; its makers ask for a citation "
  "(https://www.cs.toronto.edu/~kriz/cifar.html).",
  "stl10": "STL-10 states no licence of its own; its images are of ImageNet, "
  "which is for non-commercial research (https://cs.stanford.edu/~acoates/stl10).",
  "lsun": "LSUN states no licence; its photographs belong to others "
  "(https://www.yf.io/p/lsun).",
}
_UNKNOWN = (
  "The licence of these images is not stated. Ask who made this bundle before "
  "you pass it on."
)

_PATHS = ("inception_weights", "classifier")


def markdown(
  run: TrainedRun,
  metrics: Mapping[str, Any],
  name: str,
  dtype: str,
  data_licence: str | None = None,
) -> str:
  """Returns the text of a card.

  Args:
    run: The run that the bundle is made of.
    metrics: The figures of the run.
    name: The name of the bundle's folder.
    dtype: How its kernels are stored.
    data_licence: A sentence on the licence of the images; None takes what is
      known of the dataset.
  """
  parts = [
    "---\nlibrary_name: keras\ntags: [image-generation, laplacian-pyramid, "
    f"{run.family.name.lower()}]\n---",
    f"# {name}",
    _what(run, dtype),
    f"![Samples of {name}](samples.png)",
    "## Load it",
    _loading(run, name),
    "## Data",
    _data(run, data_licence),
    "## Results",
    _results(run, metrics, name, dtype),
  ]
  return "\n\n".join(parts) + "\n"


def _what(run: TrainedRun, dtype: str) -> str:
  model = run.config.model
  sizes = ", ".join(str(size) for size in model.sizes)
  does = "draws and reconstructs" if run.family.has_encoder else "draws"
  steps = run.steps
  if isinstance(steps, tuple):
    steps = " / ".join(str(count) for count in steps)
  return (
    f"A {run.family.describe(model)} ({_PAPERS[run.family.name]}) with levels "
    f"of {sizes} pixels, which {does} images. Preset `{run.preset}`, {steps} "
    f"steps; weights in {dtype}."
  )


def _loading(run: TrainedRun, name: str) -> str:
  model_class = run.family.model_class
  labels = ""
  if classes := getattr(run.config.model, "num_classes", 0):
    labels = f", label=tf.range(16) % {classes}"
  lines = [
    "```python",
    "import tensorflow as tf",
    f"from {model_class.__module__} import {model_class.__name__}",
    "",
    f'images = {model_class.__name__}.from_bundle("{name}").sample('
    f"tf.constant([0, 0]), 16{labels})",
    "```",
    "",
    "The images are floats, nominally in [-1, 1]. Commands of the project take "
    f"the folder too, `python -m experiments.sample --run_dir={name}`, and, if "
    "it is on the Hugging Face hub, `--run_dir=hub:USER/NAME`.",
  ]
  return "\n".join(lines)


def _data(run: TrainedRun, licence: str | None) -> str:
  dataset = description.dataset(run.config)
  known = LICENCES.get(dataset.partition("/")[0], _UNKNOWN)
  lines = [
    f"Dataset: {dataset}, {run.config.data.size} pixels, grey levels x of 0 to "
    "255 as x / 127.5 - 1. "
    f"{licence or known}"
  ]
  if run.class_names:
    lines.append(f"Classes: {', '.join(run.class_names)}.")
  return "\n\n".join(lines)


def _results(
  run: TrainedRun, metrics: Mapping[str, Any], name: str, dtype: str
) -> str:
  rounded = " Measured before the weights were rounded." * (dtype != "float32")
  lines = [run.family.headline(metrics) + rounded]
  command = description.command_or_none(run.preset, run.config, run.run_dir)
  if command:
    lines.append(f"    {command}")
  scores = run.run_dir.read_json("evaluation.json")
  if scores is not None:
    lines += [
      score_tables.markdown([{**scores, "run": name}]),
      f"    {_evaluation(scores['request'])}",
    ]
  return "\n\n".join(lines)


def _evaluation(request: Mapping[str, Any]) -> str:
  """Returns the command that measured, without paths of a machine."""
  words = ["python", "-m", "experiments.evaluate", "--run_dirs=RUN"]
  for field in dataclasses.fields(EvaluationRequest):
    value = request.get(field.name, field.default)
    if value == field.default:
      continue
    if field.name in _PATHS:
      value = "FILE"
    is_switch = isinstance(value, bool)
    if is_switch:
      words.append(f"--{'' if value else 'no'}{field.name}")
    else:
      words.append(f"--{field.name}={value}")
  return shlex.join(words)
