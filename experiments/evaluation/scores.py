"""All figures of trained runs, with the papers' beside them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.data import datasets
from experiments.evaluation import likelihoods
from experiments.families import batched, lapgan_samples
from experiments.measures import inception, metrics, sliced_wasserstein
from experiments.runs import description, trained_run
from experiments.system import errors, whole_files
from lapgan_tf.model import LAPGAN
from pyramid_tf import images as pixel_values

_BATCH = 100

# Table 1 of Dorta et al. (2017), CelebA: RMSE and its deviation over images.
PAPER_RMSE = {
  ("vae", 64): "22.78 +- 4.64",
  ("without M", 64): "22.19 +- 4.80",
  ("lapcvae", 64): "20.60 +- 4.81",
  ("vae", 128): "20.75 +- 4.40",
  ("lapcvae", 128): "20.61 +- 5.15",
}

# Table 1 of Denton et al. (2015), CIFAR-10 at 32x32: nats and their deviation.
PAPER_PARZEN = {
  "gan": "-3617 +- 353",
  "lapgan": "-3572 +- 345",
  "multi-scale": "-1799 +- 826",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """What to measure; see the flags of `experiments.evaluate`."""

  images: int = 1000
  samples: int = 5000
  parzen_samples: int = 10_000
  parzen_draws: int = 50
  held_out: bool = False
  author_draws: int = 0
  inception_weights: str | None = None


def evaluate(
  runs: Sequence[str],
  options: Options,
  data_dir: str | None = None,
  cache_dir: str | None = None,
  out: str | None = None,
  name: str = "evaluation",
) -> None:
  """Writes `evaluation.json` into every run and prints a table of all.

  Args:
    runs: Folders of trained runs; those beside each other in a table should be
      of the same images.
    options: What to measure.
    data_dir: Folder of prepared datasets.
    cache_dir: Folder of decoded images.
    out: Folder for `name`.json, which has the figures of all; None for none.
    name: See there.

  Raises:
    UserError: If a run, its data or the Inception weights are not there, or the
      folder cannot be written.
  """
  target = description.output_folder(out) if out else None
  features = None
  if options.inception_weights:
    features = inception.InceptionFeatures(options.inception_weights)
  entries, scorers = [], {}
  for path in runs:
    run = trained_run.load(path)
    data = datasets.load(run.config.data, data_dir, cache_dir)
    key = repr(run.config.data)
    if key not in scorers:
      scorers[key] = _Scorer(data, options, features)
    entry = scorers[key].score(run)
    run.run_dir.write_json("evaluation.json", entry)
    print(f"Wrote {run.run_dir.path / 'evaluation.json'}")
    entries.append(entry)
  print(markdown(entries))
  if target:
    path = target / f"{name}.json"
    with errors.of_output(path):
      whole_files.write_json(path, entries)
    print(f"Wrote {path}")


class _Scorer:
  """Measures models on one dataset; what does not depend on them only once."""

  def __init__(self, data, options, features):
    self._data = data
    self._options = options
    self._features = features
    protocol = likelihoods.Protocol(
      images=options.images,
      samples=options.parzen_samples,
      draws=options.parzen_draws,
      held_out=options.held_out,
    )
    self._likelihoods = likelihoods.Likelihoods(data, protocol)
    count = min(options.samples, data.test.num_images)
    self._real = data.test.images(0, count)
    self._real_features = features(self._real) if features else None
    self._baselines = {
      "parzen": self._likelihoods.baselines(),
      "similarity_of_pairs": _pairs(self._real),
    }

  def score(self, run) -> dict[str, Any]:
    """All figures of a run."""
    logging.info("Measuring %s.", run.run_dir.path)
    model = run.model
    needed = max(len(self._real), self._options.parzen_samples)
    samples = _samples(model, needed)
    same = samples[: len(self._real)]
    entry = {
      "run": run.run_dir.path.name,
      "preset": run.preset,
      "model": _kind(model),
      "dataset": description.dataset(run.config),
      "command": description.command_or_none(run.preset, run.config),
      "size": self._real.shape[1],
      "test_images": self._data.test.num_images,
      **sliced_wasserstein.figures(self._real, same),
      "similarity_of_pairs": _pairs(same),
      "parzen": self._likelihoods.of_samples(
        samples[: self._options.parzen_samples]
      ),
      "baselines": self._baselines,
    }
    if self._features:
      features = (self._real_features, self._features(same))
      entry["fid"] = inception.frechet_distance(*features)
      entry["kid"], entry["kid_deviation"] = inception.kernel_distance(
        *features
      )
    if isinstance(model, LAPGAN):
      entry |= self._multi_scale(model)
    else:
      entry |= self._reconstruction(model)
    return entry

  def _multi_scale(self, model):
    if model.config.num_levels == 1:
      return {}
    try:
      return {"multi_scale": self._likelihoods.multi_scale(model)}
    except errors.UserError as error:
      logging.warning("%s", error)
      return {}

  def _reconstruction(self, model):
    reconstruct = tf.function(model.reconstruct)
    outcomes = tf.function(model.outcomes)
    found = {}
    for i, batch in enumerate(self._data.test.batches(_BATCH)):
      image = pixel_values.from_uint8(batch["image"])
      result = reconstruct(image)
      figures = {
        "rmse": metrics.rmse(image, result),
        "psnr": metrics.psnr(image, result),
      }
      if min(image.shape[1:3]) >= metrics.WINDOW:
        figures["ssim"] = metrics.ssim(image, result)
        figures["ms_ssim"] = metrics.ms_ssim(image, result)
      if self._options.author_draws:
        figures["rmse_of_draws"] = metrics.rmse_of_draws(
          image,
          lambda j, image=image, i=i: (
            outcomes(image, tf.constant([i, j]))[0].composed
          ),
          self._options.author_draws,
        )
      for name, values in figures.items():
        found.setdefault(name, []).append(values)
    merged = {name: np.concatenate(parts) for name, parts in found.items()}
    return {
      **{name: float(values.mean()) for name, values in merged.items()},
      "rmse_std": float(merged["rmse"].std()),
    }


def markdown(entries: Sequence[dict[str, Any]]) -> str:
  """The runs as Markdown tables, the papers' numbers beside ours."""
  parts = []
  if any("rmse" in entry for entry in entries):
    parts.append(_reconstruction_table(entries))
  parts.append(_sample_table(entries))
  return "\n\n".join(parts)


def _reconstruction_table(entries):
  lines = [
    "| run | model | RMSE | paper (CelebA) | PSNR (dB) | SSIM | MS-SSIM |",
    "|---|---|---|---|---|---|---|",
  ]
  for entry in entries:
    if "rmse" not in entry:
      continue
    paper = PAPER_RMSE.get((entry["model"], entry["size"]), "")
    lines.append(
      f"| {entry['run']} | {entry['model']} | {entry['rmse']:.2f} +- "
      f"{entry['rmse_std']:.2f} | {paper} | {entry['psnr']:.2f} | "
      f"{_number(entry.get('ssim'))} | {_number(entry.get('ms_ssim'))} |"
    )
  return "\n".join(lines)


def _sample_table(entries):
  lines = [
    "| run | model | SWD | MS-SSIM of pairs | Parzen window (nats) | paper "
    "(CIFAR-10) | FID | KID |",
    "|---|---|---|---|---|---|---|---|",
  ]
  for entry in entries:
    same_images = (entry["dataset"], entry["size"]) == ("cifar10", 32)
    cifar = entry["model"] in PAPER_PARZEN and same_images
    fid = f"{entry['fid']:.1f}" if "fid" in entry else ""
    kid = f"{entry['kid']:.4f}" if "kid" in entry else ""
    lines.append(
      f"| {entry['run']} | {entry['model']} | {entry['swd_mean']:.1f} | "
      f"{_number(entry['similarity_of_pairs'])} | {_nats(entry['parzen'])} | "
      f"{PAPER_PARZEN[entry['model']] if cifar else ''} | {fid} | {kid} |"
    )
    for name, estimate in entry.get("multi_scale", {}).items():
      paper = PAPER_PARZEN.get(name, "") if cifar else ""
      lines.append(
        f"| {entry['run']} | {name} | | | {_nats(estimate)} | {paper} | | |"
      )
  baselines = entries[0]["baselines"]
  for name, estimate in baselines["parzen"].items():
    lines.append(f"| | {name} | | | {_nats(estimate)} | | | |")
  pairs = _number(baselines["similarity_of_pairs"])
  lines.append(f"| | test images | | {pairs} | | | | |")
  return "\n".join(lines)


def _nats(estimate):
  edge = " (width at the edge of its grid)"
  return f"{estimate['mean']:.0f} +- {estimate['deviation']:.0f}" + (
    edge if estimate.get("sigma_at_edge") else ""
  )


def _number(value):
  return "" if value is None else f"{value:.3f}"


def _kind(model):
  config = model.config
  if isinstance(model, LAPGAN):
    name = "gan" if config.num_levels == 1 else "lapgan"
    return f"class-conditional {name}" if config.num_classes else name
  if config.num_levels == 1:
    return "vae"
  return "lapcvae" if config.prior == "learned" else "without M"


def _samples(model, count):
  if isinstance(model, LAPGAN):
    return lapgan_samples.draw(model, count, seed=4)
  sample = tf.function(model.sample)
  return batched.in_batches(sample, count, 250, seed=4)


def _pairs(images):
  """MS-SSIM of pairs; None of images too small for it."""
  if min(images.shape[1:3]) < metrics.WINDOW or len(images) < 2:
    return None
  floats = pixel_values.from_uint8(images[:2000]).numpy()
  return metrics.similarity_of_pairs(floats)
