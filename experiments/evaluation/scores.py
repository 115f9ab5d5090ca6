"""All figures of trained runs, each run's written as soon as it is known."""

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments import families
from experiments.config.requests.evaluate import EvaluationRequest
from experiments.data import datasets
from experiments.evaluation import pixel_draws, refinements, score_tables
from experiments.evaluation.likelihoods import Likelihoods
from experiments.measures import (
  inception,
  metrics,
  object_classifier,
  object_scores,
  sliced_wasserstein,
)
from experiments.runs import description, named_runs, trained_run
from experiments.runs.named_runs import NamedRun
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors, outputs, whole_files
from pyramid_tf import images as pixel_values

_BATCH = 100
_SEED = 4

# Images that are compared in pairs.
_PAIRS = 2000


def evaluate(
  paths: Sequence[str],
  request: EvaluationRequest,
  data_dir: str | None = None,
  cache_dir: str | None = None,
  out: str | None = None,
  name: str = "evaluation",
) -> None:
  """Writes `evaluation.json` into every run and prints a table of all.

  All that can be wrong with runs, images and folders is found before anything
  is measured. If a run fails nevertheless, the others keep their figures.

  Args:
    paths: The folders of trained runs; those beside each other in a table
      should be of the same images.
    request: What to measure.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.
    out: The folder for `name`.json, which has the figures of all; None for
      none.
    name: The name of that file, without its suffix.

  Raises:
    UserError: If a run, its images or the Inception weights are not there, or a
      folder cannot be written.
  """
  runs = named_runs.read(paths)
  table = outputs.file(os.path.join(out, f"{name}.json")) if out else None
  for run in runs:
    place = run.run_dir.results
    place = place if place.exists() else place.parent
    if not os.access(place, os.W_OK):
      raise errors.UserError(
        f"{place} cannot be written, and evaluation.json goes "
        "there. Mend its permissions, or evaluate a copy."
      )
  features = None
  if request.inception_weights:
    features = inception.InceptionFeatures(request.inception_weights)
  judge = (
    object_classifier.load(request.classifier) if request.classifier else None
  )
  if request.author_draws and not any(
    families.of(run.config.model).has_encoder for run in runs
  ):
    raise errors.UserError(
      f"--author_draws={request.author_draws} draws reconstructions, and none "
      "of the runs encodes images. Leave it out, or name the run of a LapCVAE."
    )
  data = {
    run.config.data: datasets.load(run.config.data, data_dir, cache_dir)
    for run in runs
  }
  for run in runs:
    # Damaged weights are found now; all models at once would fill the memory.
    family = trained_run.load(run.run_dir.path).family
    if (
      request.author_draws
      and family.has_encoder
      and not family.draws_reconstructions
    ):
      raise errors.UserError(
        f"--author_draws needs latents at every level: {run.run_dir.path} has "
        "none at some. Leave it out, or name the run of a LapCVAE."
      )
  scorers, entries = {}, []
  with _told(entries):
    for run in runs:
      config = run.config.data
      if config not in scorers:
        scorers[config] = _Scorer(data[config], request, features, judge)
      entries.append(scorers[config].score(run))
      path = run.run_dir.write_json("evaluation.json", entries[-1])
      print(f"Wrote {path}")
      if table:
        with outputs.explained(table):
          whole_files.write_json(table, entries)
  if table:
    print(f"Wrote {table}")


@contextlib.contextmanager
def _told(entries: Sequence[Mapping[str, Any]]) -> Iterator[None]:
  """Prints the tables of what was measured, also if something fails."""
  try:
    yield
  finally:
    if entries:
      print(score_tables.markdown(entries))


class _Scorer:
  """Measures models on one dataset; what does not depend on them only once."""

  def __init__(
    self,
    data: datasets.ImageData,
    request: EvaluationRequest,
    features: inception.InceptionFeatures | None,
    judge: object_classifier.Judge | None = None,
  ):
    self._data = data
    self._request = request
    self._features = features
    self._judge = judge
    self._likelihoods = Likelihoods(data, request)
    count = min(request.samples, data.test.num_images)
    self._real = data.test.images(0, count)
    self._real_features = features(self._real) if features else None
    self._baselines = {
      "parzen": self._likelihoods.baselines(),
      "similarity_of_pairs": _similarity_of_pairs(self._real),
    }
    if judge:
      # Other real images are what a perfect model would draw.
      train = data.train.photographs(count)
      self._baselines["objects"] = object_scores.figures(
        judge, self._real[: train.num_images], train.images(), train.labels
      )

  def score(self, named: NamedRun) -> dict[str, Any]:
    """Returns all figures of a run."""
    logging.info("Measuring %s.", named.run_dir.path)
    run = trained_run.load(named.run_dir.path)
    parzen_samples = self._request.parzen_samples
    samples = run.draw(max(len(self._real), parzen_samples), _SEED)[0]
    same = samples[: len(self._real)]
    entry = {
      "run": named.name,
      "request": dataclasses.asdict(self._request),
      "preset": run.preset,
      "model": run.family.describe(run.config.model),
      "dataset": description.dataset(run.config),
      "command": description.command_or_none(
        run.preset, run.config, run.run_dir
      ),
      "size": self._real.shape[1],
      "test_images": self._data.test.num_images,
      **sliced_wasserstein.figures(self._real, same),
      "similarity_of_pairs": _similarity_of_pairs(same),
      "parzen": self._likelihoods.of_samples(samples[:parzen_samples]),
      "baselines": self._baselines,
    }
    if self._features:
      features = (self._real_features, self._features(same))
      entry["fid"] = inception.frechet_distance(*features)
      entry["kid"], entry["kid_deviation"] = inception.kernel_distance(
        *features
      )
    if self._judge:
      labels = None
      if self._judges_classes_of(run):
        # Samples take all classes in turns.
        classes = np.arange(run.config.model.num_classes)
        labels = np.resize(classes, len(same))
      entry["objects"] = object_scores.figures(
        self._judge, self._real, same, labels
      )
    model = run.config.model
    if self._request.given and model.num_levels > 1:
      entry["refinements"] = refinements.of_run(
        run, self._data.test, self._data.train, self._request.samples
      )
    if run.family.has_encoder:
      return entry | self._reconstruction(run.model)
    return entry | self._multi_scale(run)

  def _judges_classes_of(self, run: TrainedRun) -> bool:
    """Whether samples have classes, which are those of the classifier."""
    if not getattr(run.config.model, "num_classes", 0):
      return False
    if list(run.class_names) == list(self._judge.facts.class_names):
      return True
    logging.warning(
      "The classifier knows other classes than %s, whose class accuracy is "
      "left out.",
      run.run_dir.path,
    )
    return False

  def _multi_scale(self, run: TrainedRun) -> dict[str, Any]:
    if run.config.model.num_levels == 1:
      return {}
    try:
      return {"multi_scale": self._likelihoods.multi_scale(run.model)}
    except errors.UserError as error:
      logging.warning("%s", error)
      return {}

  def _reconstruction(self, model: tf.keras.Model) -> dict[str, Any]:
    reconstruct = tf.function(model.reconstruct, autograph=False)
    reconstruct_drawn = None
    if self._request.author_draws:
      reconstruct_drawn = tf.function(model.reconstruct_drawn, autograph=False)
    parts, shown = {}, []
    for i, batch in enumerate(self._data.test.batches(_BATCH)):
      image = pixel_values.from_uint8(batch["image"])

      def drawn(j: int, image=image, i=i) -> tf.Tensor:
        return reconstruct_drawn(image, tf.constant([i, j]))

      result = reconstruct(image)
      if _BATCH * i < len(self._real):
        shown.append(pixel_values.to_uint8(result).numpy())
      figures = {
        "rmse": metrics.rmse(image, result),
        "psnr": metrics.psnr(image, result),
      }
      if min(image.shape[1:3]) >= metrics.WINDOW:
        figures["ssim"] = metrics.ssim(image, result)
        figures["ms_ssim"] = metrics.ms_ssim(image, result)
      if self._request.author_draws:
        figures["rmse_of_draws"] = metrics.rmse_of_draws(
          image, drawn, self._request.author_draws
        )
      for name, values in figures.items():
        parts.setdefault(name, []).append(values)
    merged = {name: np.concatenate(part) for name, part in parts.items()}
    shown = np.concatenate(shown)[: len(self._real)]
    swd = sliced_wasserstein.figures(self._real, shown)
    pair = (pixel_values.from_uint8(part) for part in (self._real, shown))
    figures = {
      **{name: float(values.mean()) for name, values in merged.items()},
      "rmse_std": float(merged["rmse"].std()),
      "band_ratio": metrics.band_ratio(*pair),
      **{f"{name}_reconstructions": value for name, value in swd.items()},
    }
    if model.config.draws_pixels:
      figures |= pixel_draws.figures(model, self._data.test)
    return figures


def _similarity_of_pairs(images: np.ndarray) -> float | None:
  """Returns MS-SSIM of pairs; None for images that are too small for it."""
  if min(images.shape[1:3]) < metrics.WINDOW or len(images) < 2:
    return None
  floats = pixel_values.from_uint8(images[:_PAIRS]).numpy()
  return metrics.similarity_of_pairs(floats)
