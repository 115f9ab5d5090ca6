"""What a finished training leaves, of either family."""

import os
import shlex

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs

from experiments import families
from experiments.config import run_config
from experiments.data import datasets
from experiments.runs import exports, trained_run
from experiments.system import errors
from experiments.training import devices
from experiments.training.run_dir import RunDir
from pyramid_tf import saved_models

_SHEETS = {
  "LapCVAE": {"input_and_reconstruction.png", "samples.png"},
  "LAPGAN": {
    "chain.png",
    "samples.png",
    "level_0_real_low_pass_and_generated.png",
    "level_1_real_and_generated.png",
  },
}


def _family(trained):
  return families.of(trained.config.model)


def _loaded(trained):
  return trained_run.load(str(trained.run_dir.path))


def test_the_run_folder_tells_what_ran(trained):
  """Configuration, versions, and figures of the whole and of every level."""
  run_dir = trained.run_dir
  preset, stored = run_dir.read_config()
  assert preset == "tiny" and run_config.read(stored) == trained.config
  assert {"python", "keras"} <= set(run_dir.read_json("versions.json"))
  metrics = run_dir.read_json("metrics.json")
  assert metrics["preset"] == "tiny" and metrics["seconds"] > 0
  assert 0 < metrics["test_images"] < 24
  assert list(metrics["levels"]) == trained.levels
  for part in trained.parts:
    assert run_dir.read_json("status.json", part) == {
      "finished": True,
      "steps": 4,
    }
    assert run_dir.read_metrics(part)["steps"] == 4
    assert run_dir.read_progress(part) > 0
    if part:
      assert run_dir.read_metrics(part) == metrics["levels"][part]
  assert run_dir.is_part_finished(None)
  if _family(trained).name == "LAPGAN":
    assert list(metrics["swd_per_scale"]) == ["16", "8"]
    mean = np.mean(list(metrics["swd_per_scale"].values()))
    assert metrics["swd_mean"] == pytest.approx(mean) and mean > 0
    for total in ("parameters", "seconds"):
      parts = sum(level[total] for level in metrics["levels"].values())
      assert metrics[total] == pytest.approx(parts)
  else:
    assert 0 < metrics["rmse"] < 255
    assert metrics["kl"] == pytest.approx(
      sum(level["kl"] for level in metrics["levels"].values())
    )


def test_a_loaded_run_has_every_weight_of_its_checkpoints(trained):
  """Moving averages as well: what does not train is part of a model, too."""
  run = _loaded(trained)
  models = [run.model]
  if trained.parts != [None]:
    assert run.steps == (4, 4)
    models = list(reversed(run.model.level_models))
  for part, model in zip(trained.parts, models, strict=True):
    stored = small_runs.stored(trained.run_dir.part(part), 4)
    assert stored["step/.ATTRIBUTES/VARIABLE_VALUE"] == 4
    names = [name for name in stored if name.startswith("model/")]
    assert len(names) == len(model.weights)
    total = sum(float(np.sum(stored[name], dtype=float)) for name in names)
    weights = (float(np.sum(w.numpy(), dtype=float)) for w in model.weights)
    assert sum(weights) == pytest.approx(total, rel=1e-6)


def test_every_level_has_logs_with_the_same_tags(trained):
  """TensorBoard overlays them, and explains each of them."""
  tags = []
  for name in trained.levels:
    log = small_runs.events(trained.run_dir, name)
    kinds = ("train/", "validation/")
    tags.append({t for t in log.Tags()["tensors"] if t.startswith(kinds)})
    for tag in tags[-1]:
      described = log.SummaryMetadata(tag).summary_description
      assert described or tag == "train/images_per_second", tag
  if _family(trained).name == "LAPGAN":
    # The band of the coarsest level is the image; a zero band would be none.
    assert tags[0] - tags[1] == {"validation/swd_zero_band"}
    assert {"train/generator_loss", "train/real_accuracy"} <= tags[1]
    assert {"validation/l2_heuristic", "validation/chosen_score"} <= tags[1]
  else:
    assert tags[0] == tags[1]
    assert {"train/loss", "train/kl", "validation/loss"} <= tags[0]
    log = small_runs.events(trained.run_dir, "cascade").Tags()["tensors"]
    assert {"samples", "input_and_reconstruction"} <= set(log)


def test_logs_have_the_configuration_and_the_learning_rate(trained):
  """As text to read, and as hyperparameters to sort runs by."""
  for part in trained.parts:
    name = part or "cascade"
    log = small_runs.events(trained.run_dir, name)
    [event] = log.Tensors("configuration")
    [text] = event.tensor_proto.string_val
    assert b'"learning_rate": 0.01' in text and b'"preset": "tiny"' in text
    metadata = log.SummaryMetadata("_hparams_/session_start_info")
    content = metadata.plugin_data.content
    assert b"config.training.learning_rate" in content
    assert b"config.model.levels.1.size" in content
    steps, rates = zip(
      *small_runs.curve(trained.run_dir, name, "train/learning_rate"),
      strict=True,
    )
    # The cosine at the start of the next step.
    expected = [0.005 * (1 + np.cos(np.pi * step / 4)) for step in steps]
    assert steps == (1, 2, 3, 4)
    np.testing.assert_allclose(rates, expected, atol=1e-8)


def test_logs_have_the_figures_of_the_model(trained):
  """The last values are those of the trained model and of metrics.json."""
  metrics = trained.run_dir.read_json("metrics.json")
  for name in trained.levels:
    for tag in ("loss", "kl", "swd", "l2_heuristic"):
      if tag in metrics["levels"][name]:
        curve = small_runs.curve(trained.run_dir, name, f"validation/{tag}")
        assert [step for step, _ in curve] == [2, 4]
        assert curve[-1][1] == pytest.approx(
          metrics["levels"][name][tag], rel=1e-6
        )
  if _family(trained).name == "LAPGAN":
    return
  model = _loaded(trained).model
  data = datasets.load(
    trained.config.data, cache_dir=str(trained.folder / "cache")
  )
  image = data.validation.images().astype(np.float32) / 127.5 - 1.0
  outcomes = model.outcomes(image, tf.constant([0, len(image)]))
  for level, outcome in zip(model.level_models, outcomes, strict=True):
    curve = small_runs.curve(
      trained.run_dir, level.name, "train/noise_variance"
    )
    variance = float(tf.convert_to_tensor(level.noise_variance))
    assert curve[-1] == (4, pytest.approx(variance, rel=1e-6))
    squares = np.square(outcome.target - outcome.band).sum((1, 2, 3))
    pixels = np.prod(outcome.band.shape[1:])
    loss = squares / variance + pixels * np.log(2 * np.pi * variance)
    loss = 0.5 * loss + level.config.kl_weight * outcome.kl().numpy()
    curve = small_runs.curve(trained.run_dir, level.name, "validation/loss")
    assert curve[-1][1] == pytest.approx(loss.mean(), rel=1e-4)


def test_every_level_and_the_cascade_are_exported(trained):
  """Without the code of the model they draw what the live model draws."""
  model, seed = _loaded(trained).model, tf.constant([3, 1])
  served = {
    name: saved_models.load(trained.run_dir.saved_model(name))
    for name in (*trained.levels, "cascade")
  }
  call = {"seed": seed, "count": tf.constant(4)}
  low_pass = tf.random.stateless_normal((2, 16, 16, 3), seed)
  if _family(trained).name == "LAPGAN":
    expected = {
      "sample": model.sample(seed, 4),
      "band": model.level_models[0].generate(low_pass, seed),
    }
    band = served["level_0"]["generate"](low_pass=low_pass, seed=seed)
  else:
    image = tf.clip_by_value(low_pass, -1.0, 1.0)
    found = served["cascade"]["reconstruct"](images=image)["images"]
    reconstruction = tf.clip_by_value(model.reconstruct(image), -1.0, 1.0)
    np.testing.assert_allclose(found, reconstruction, atol=1e-5)
    call["temperature"] = tf.constant(1.0)
    latents = [tf.fill((2, 3 + k), 0.5) for k in range(2)]
    expected = {"sample": model.sample(seed, 4)}
    composed = model.decode(latents)
    coarse = served["level_1"]["decode"](latent_1=latents[1])["band"]
    band = served["level_0"]["decode"](
      **{f"latent_{k}": z for k, z in enumerate(latents)}
    )
    assert coarse.shape == (2, 8, 8, 3) and composed.shape == (2, 16, 16, 3)
  drawn = served["cascade"]["sample"](**call)["images"]
  np.testing.assert_allclose(
    drawn, tf.clip_by_value(expected["sample"], -1.0, 1.0), atol=1e-5
  )
  assert band["band"].shape == (2, 16, 16, 3)
  if "band" in expected:
    np.testing.assert_allclose(band["band"], expected["band"], atol=1e-5)


def test_an_export_may_go_elsewhere(trained, tmp_path):
  """A folder per level and one of the cascade, equal to the run's own."""
  run, target = _loaded(trained), RunDir(tmp_path)
  names = [*trained.levels, "cascade"]
  written = exports.write(run.family.exports(run.model), target)
  assert written == [target.saved_model(name) / "1" for name in names]
  for name in names:
    found, expected = (
      tf.train.load_checkpoint(
        f"{place.saved_model(name)}/1/variables/variables"
      )
      for place in (target, trained.run_dir)
    )
    for weight in expected.get_variable_to_shape_map():
      if not weight.startswith("_CHECKPOINTABLE"):
        np.testing.assert_array_equal(
          found.get_tensor(weight), expected.get_tensor(weight)
        )


def test_pictures_can_be_opened(trained):
  """They show each level beside the truth, samples, and the way to them."""
  folder = trained.run_dir.samples
  names = {path.name for path in folder.iterdir()}
  assert names == _SHEETS[_family(trained).name]
  for name in names:
    with Image.open(folder / name) as picture:
      assert min(picture.size) > 60 and len(np.unique(picture)) > 20


def test_the_end_of_the_output_leads_on(trained):
  """Figures, every file written, and commands that a shell can read."""
  said, path = trained.said, trained.run_dir.path
  assert "step 4/4" in said
  assert _family(trained).headline(trained.run_dir.read_metrics()) in said
  words = shlex.split(said[said.index("Written:") :], comments=True)
  for name in ("metrics.json", "cascade/saved_model/1", "samples/samples.png"):
    assert os.path.realpath(path / name) in map(os.path.realpath, words)
  run_dirs = [
    word.partition("=")[2]
    for word in words
    if word.startswith(("--run_dir=", "--run_dirs=", "--logdir="))
  ]
  *ours, other = run_dirs
  assert len(ours) >= 4 and other == f"runs/{_family(trained).paper_preset}"
  assert {os.path.realpath(run) for run in ours} == {os.path.realpath(path)}
  has_encoder = _family(trained).has_encoder
  assert ("experiments.reconstruct" in words) == has_encoder


def test_a_batch_that_replicas_cannot_share_is_refused(
  trained, two_replicas, monkeypatch
):
  """A LAPGAN's step shares the images of each replica out in quarters."""
  monkeypatch.setattr(devices, "make_strategy", lambda name: two_replicas)
  batch_size = 9 if _family(trained).has_encoder else 12
  with pytest.raises(errors.UserError, match="training.batch_size") as caught:
    trained.train("refused", trained.with_training(batch_size=batch_size))
  assert f"{batch_size}" in str(caught.value)
  assert not RunDir(trained.folder / "refused").is_run
