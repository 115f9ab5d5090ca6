"""All figures of runs of both families, written as they become known."""

import dataclasses
import json
import pathlib
import shutil
import types

import numpy as np
import pytest

from experiments.config import presets
from experiments.config.requests.evaluate import EvaluationRequest
from experiments.data import datasets
from experiments.evaluation import scores
from experiments.measures import inception, metrics
from experiments.measures.object_classifier import (
  Classifier,
  ClassifierFacts,
)
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images

_REQUEST = EvaluationRequest(
  images=6,
  samples=8,
  parzen_samples=20,
  parzen_draws=2,
  author_draws=2,
  inception_weights="weights.h5",
)
_REQUEST_BRIEF = EvaluationRequest(images=2, samples=2, parzen_samples=2)
_PARZEN = {"mean", "deviation", "standard_error", "sigma", "sigma_at_edge"}
_COMMON = {
  *(
    "run",
    "request",
    "preset",
    "model",
    "dataset",
    "size",
    "test_images",
    "swd_mean",
  ),
  *("swd_per_scale", "similarity_of_pairs", "parzen", "baselines"),
  *("fid", "kid", "kid_deviation", "command"),
}
_RECONSTRUCTION = {
  *("rmse", "rmse_std", "psnr", "ssim", "ms_ssim", "rmse_of_draws"),
  *("band_ratio", "swd_mean_reconstructions"),
  "swd_per_scale_reconstructions",
}


def _read(folder, name="evaluation"):
  return json.loads((pathlib.Path(folder) / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def measured(tiny_runs, tmp_path_factory):
  """Both entries, as written, and what was printed."""
  out = tmp_path_factory.mktemp("results") / "new"
  runs, said = [tiny_runs.cvae, tiny_runs.gan], []
  with pytest.MonkeyPatch.context() as patch:
    # Features that cost nothing: mean colours.
    patch.setattr(
      inception,
      "InceptionFeatures",
      lambda path: lambda pixels: pixels.mean((1, 2)),
    )
    patch.setattr("builtins.print", said.append)
    scores.evaluate(
      runs, _REQUEST, cache_dir=tiny_runs.cache, out=str(out), name="both"
    )
  cvae, gan = (_read(run) for run in runs)
  assert _read(out, "both") == [cvae, gan]
  return types.SimpleNamespace(cvae=cvae, gan=gan, table="\n".join(said))


def test_an_entry_has_the_figures_of_its_family(measured):
  """Reconstructions of one, the multi-scale window of the other."""
  common = _COMMON | {"refinements"}
  assert set(measured.cvae) == common | _RECONSTRUCTION
  assert set(measured.gan) == common | {"multi_scale"}
  assert measured.cvae["model"] == "LapCVAE"
  assert measured.gan["model"] == "LAPGAN"
  for entry in (measured.cvae, measured.gan):
    assert (entry["size"], entry["test_images"]) == (16, 12)
    assert list(entry["swd_per_scale"]) == ["16", "8"]
    mean = np.mean(list(entry["swd_per_scale"].values()))
    assert entry["swd_mean"] == pytest.approx(mean) and mean > 0
    assert set(entry["parzen"]) == _PARZEN
    assert 0 < entry["similarity_of_pairs"] < 1
    assert entry["fid"] > 0
  terms = measured.gan["multi_scale"]["multi-scale"]["terms"]
  assert len(terms) == 2 and set(terms[0]) == _PARZEN


def test_reconstructions_are_measured_on_all_test_images(measured, tiny_runs):
  """Mean and deviation over images, as in the paper's Table 1."""
  run = trained_run.load(tiny_runs.cvae)
  data = datasets.load(run.config.data, cache_dir=tiny_runs.cache)
  image = images.from_uint8(data.test.images())
  rmse = metrics.rmse(image, run.model.reconstruct(image))
  entry = measured.cvae
  assert entry["rmse"] == pytest.approx(rmse.mean(), rel=1e-5)
  assert entry["rmse_std"] == pytest.approx(rmse.std(), rel=1e-4)
  assert entry["rmse_of_draws"] > entry["rmse"]
  assert -1 < entry["ssim"] <= 1 and 0 < entry["psnr"] < 50


def test_baselines_are_of_the_images_alone(measured):
  """Models on the same images have the same, and they are in the table."""
  baselines = measured.cvae["baselines"]
  assert baselines == measured.gan["baselines"]
  assert list(baselines["parzen"]) == ["mean image", "training images"]
  for name, entry in baselines["parzen"].items():
    assert f"|  | {name} |  |  | {entry['mean']:.0f} +- " in measured.table
  pairs = baselines["similarity_of_pairs"]
  assert f"|  | test images |  | {pairs:.3f} |" in measured.table


def test_the_tables_have_a_row_for_every_run_and_estimate(measured):
  """Other images than the papers' stand without the papers' numbers."""
  rmse = f"{measured.cvae['rmse']:.2f} +- {measured.cvae['rmse_std']:.2f}"
  assert f"| cvae | LapCVAE | {rmse} |  |" in measured.table
  for start in (
    *("| cvae | LapCVAE |", "| gan | LAPGAN |", "| gan | multi-scale |"),
    "| gan | multi-scale, zero residual |",
  ):
    assert start in measured.table
  for number in ("20.60", "-3572", "-1799"):
    assert number not in measured.table


def _copy(run, folder, name):
  return pathlib.Path(shutil.copytree(run, folder / name))


def _without_run(runs, folder):
  return [runs.cvae, str(folder / "lost")], None


def _without_weights(runs, folder):
  copy = _copy(runs.cvae, folder, "lost")
  for path in (copy / "checkpoints").iterdir():
    path.write_text("")
  return [runs.cvae, copy], None


def _without_images(runs, folder):
  copy = _copy(runs.cvae, folder, "moved")
  config = copy / "config.json"
  text = config.read_text()
  config.write_text(text.replace(runs.name, f"folder:{folder / 'lost'}"))
  return [runs.cvae, copy], None


def _without_a_folder_to_write(runs, folder):
  (folder / "lost").write_text("")
  return [runs.cvae], str(folder / "lost" / "results")


@pytest.mark.parametrize(
  "prepare",
  [
    _without_run,
    _without_weights,
    _without_images,
    _without_a_folder_to_write,
  ],
)
def test_what_is_missing_is_named_before_anything_is_measured(
  tiny_runs, tmp_path, monkeypatch, prepare
):
  """All runs, their weights and images, and every place to write."""
  paths, out = prepare(tiny_runs, tmp_path)
  monkeypatch.setattr(scores, "_Scorer", None)
  with pytest.raises(errors.UserError, match="lost"):
    scores.evaluate(
      paths, EvaluationRequest(), cache_dir=tiny_runs.cache, out=out
    )


def test_missing_weights_of_inception_are_refused_first(tiny_runs, tmp_path):
  """They take a flag, so they are looked for before images are read."""
  request = EvaluationRequest(inception_weights=str(tmp_path / "none.h5"))
  with pytest.raises(errors.UserError, match="none.h5"):
    scores.evaluate([tiny_runs.cvae], request)


def test_drawn_reconstructions_need_a_run_that_encodes(tiny_runs):
  """Asked of runs of LAPGAN alone, they would be left out silently."""
  request = EvaluationRequest(author_draws=2)
  with pytest.raises(errors.UserError, match="--author_draws=2.*LapCVAE"):
    scores.evaluate([tiny_runs.gan], request, cache_dir=tiny_runs.cache)


def test_a_run_that_fails_takes_no_figures_of_others_along(
  tiny_runs, tmp_path, monkeypatch, capsys
):
  """The first run's file, the file of all and the table are there."""
  runs = [_copy(tiny_runs.cvae, tmp_path, name) for name in ("one", "two")]
  entry = _read(tiny_runs.cvae)

  def score(self, run):
    if run.name == "two":
      raise MemoryError
    return {**entry, "run": run.name}

  monkeypatch.setattr(scores._Scorer, "score", score)
  (runs[1] / "evaluation.json").unlink()
  with pytest.raises(MemoryError):
    scores.evaluate(
      runs, _REQUEST_BRIEF, cache_dir=tiny_runs.cache, out=str(tmp_path)
    )
  assert _read(runs[0])["run"] == "one"
  assert [each["run"] for each in _read(tmp_path)] == ["one"]
  assert not (runs[1] / "evaluation.json").exists()
  assert "| one | LapCVAE |" in capsys.readouterr().out


def test_the_command_of_a_run_says_what_it_started_from(
  tiny_runs, tmp_path, monkeypatch
):
  """Without that it would make another run."""
  copy = _copy(tiny_runs.gan, tmp_path, "run")
  (copy / "init_from.json").write_text('{"init_from": "/runs/first"}')
  run = trained_run.load(str(copy))
  monkeypatch.setitem(presets.PRESETS, run.preset, lambda: run.config)
  scores.evaluate([str(copy)], _REQUEST_BRIEF, cache_dir=tiny_runs.cache)
  assert "--init_from=first" in _read(copy)["command"]


def test_classes_of_another_classifier_are_not_compared():
  """Equal numbers need not be equal classes."""
  facts = ClassifierFacts(dataset="x", size=16, class_names=("a", "b"))
  scorer = types.SimpleNamespace(_judge=types.SimpleNamespace(facts=facts))
  judged = scores._Scorer._judges_classes_of
  run = types.SimpleNamespace(
    config=types.SimpleNamespace(model=types.SimpleNamespace(num_classes=2)),
    class_names=("a", "b"),
    run_dir=types.SimpleNamespace(path="here"),
  )
  assert judged(scorer, run)
  run.class_names = ("b", "a")
  assert not judged(scorer, run)
  run.config.model.num_classes = 0
  assert not judged(scorer, run)


def test_a_classifier_adds_what_it_sees(tiny_runs, tmp_path, capsys):
  """Beside the same of real images, which is the floor."""
  facts = ClassifierFacts(dataset="x", size=16, class_names=("a", "b"))
  path = tmp_path / "classifier.keras"
  Classifier(facts, filters=(2, 3)).save(path)
  request = dataclasses.replace(
    _REQUEST_BRIEF, samples=10, classifier=str(path)
  )
  scores.evaluate(
    [tiny_runs.gan],
    request,
    cache_dir=tiny_runs.cache,
    out=str(tmp_path),
  )
  [entry] = json.loads((tmp_path / "evaluation.json").read_text())
  names = set(entry["objects"])
  assert {"fd_own", "kid_own", "precision", "recall", "confidence"} <= names
  assert set(entry["baselines"]["objects"]) == names
  assert entry["objects"]["class_accuracy"] is None
  said = capsys.readouterr().out
  assert "FD-own" in said and "| training images |" in said
  with pytest.raises(errors.UserError, match="missing.keras"):
    scores.evaluate(
      [tiny_runs.gan],
      dataclasses.replace(request, classifier="missing.keras"),
      cache_dir=tiny_runs.cache,
    )
