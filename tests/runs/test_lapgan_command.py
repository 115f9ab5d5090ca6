"""`python -m experiments.train` and `sample` on a LAPGAN, run for real."""

import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import commands, small_runs
from tensorboard.backend.event_processing import event_accumulator

from experiments import families
from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.config.requests.sample import SampleRequest
from experiments.drawing import reconstructions, samples
from experiments.runs import exports, retrained_prior, trained_run
from experiments.system import errors
from experiments.training.run_dir import RunDir
from pyramid_tf import saved_models

_LEVELS = ("level_0", "level_1", "level_2")


@pytest.fixture(scope="module")
def training(tmp_path_factory):
  """One whole training: its folder and what it said."""
  folder = tmp_path_factory.mktemp("training")
  name = small_runs.write_pictures(folder / "pictures")
  options = small_runs.demo_options(folder, name)
  done = commands.call("train", *options, f"--run_dir={folder / 'run'}")
  assert done.returncode == 0, done.stderr
  return types.SimpleNamespace(
    folder=folder, run=folder / "run", options=options, done=done
  )


def test_the_run_folder_tells_what_it_measured(training):
  """Of every level, and of the cascade at every scale."""
  metrics = small_runs.read_json(training.run / "metrics.json")
  assert metrics["preset"] == "lapgan_demo"
  levels = metrics["levels"]
  assert tuple(levels) == _LEVELS
  assert [levels[name]["steps"] for name in _LEVELS] == [2, 3, 4]
  assert list(metrics["swd_per_scale"]) == ["32", "16", "8"]
  mean = np.mean(list(metrics["swd_per_scale"].values()))
  assert metrics["swd_mean"] == pytest.approx(mean) and mean > 0
  for total in ("parameters", "seconds"):
    parts = sum(level[total] for level in levels.values())
    assert metrics[total] == pytest.approx(parts) and parts > 0
  for name, level in levels.items():
    run = training.run / name
    assert small_runs.read_json(run / "metrics.json") == level
    assert small_runs.read_json(run / "status.json") == {"finished": True}
    assert level["best_score"] <= level["swd"] * (1 + 1e-6)
    assert ("swd_zero_band" in level) == (name != "level_2")
  assert RunDir(training.run).is_finished


def test_every_level_has_its_own_curves(training):
  """Losses, accuracies, both scores and what a zero band would score."""
  for name in _LEVELS:
    folder = str(training.run / name / "tensorboard")
    events = event_accumulator.EventAccumulator(folder).Reload()
    tags = set(events.Tags()["tensors"])
    assert tags >= {
      *("train/generator_loss", "train/discriminator_loss"),
      *("train/real_accuracy", "train/generated_accuracy"),
      *("validation/swd", "validation/best_score"),
      *("validation/l2_heuristic", "validation/l2_zero_band"),
    }
    assert ("validation/swd_zero_band" in tags) == (name != "level_2")
    assert any(tag.endswith("_and_generated") for tag in tags)
    [loss, *_] = events.Tensors("train/discriminator_loss")
    assert float(tf.make_ndarray(loss.tensor_proto)) > 0


def test_pictures_can_be_opened(training):
  """Of each level beside the truth, of samples and of the way to them."""
  pictures = {path.name for path in (training.run / "samples").iterdir()}
  assert pictures == {
    "samples.png",
    "chain.png",
    "level_0_real_low_pass_and_generated.png",
    "level_1_real_low_pass_and_generated.png",
    "level_2_real_and_generated.png",
  }
  for name in pictures:
    with Image.open(training.run / "samples" / name) as picture:
      assert picture.mode == "RGB" and len(np.unique(picture)) > 20


def test_the_end_of_the_output_leads_on(training):
  """The measure, every file written, and commands to paste."""
  shown = training.done.stdout
  for text in ("SWD ", "32 px", "metrics.json", "cascade/saved_model"):
    assert text in shown
  for command in ("tensorboard --logdir=", "experiments.sample --run_dir="):
    assert command in shown
  assert shown.index("L2 D ") < shown.index("L1 D ") < shown.index("L0 D ")
  assert "WARNING: All log" not in training.done.stderr


def test_a_second_start_is_refused(training):
  """The level that is asked for is named."""
  run_dir = f"--run_dir={training.run}"
  done = commands.call("train", *training.options, run_dir, "--levels=1")
  assert done.returncode == 1 and "Traceback" not in done.stderr
  assert "holds a finished level_1 of lapgan_demo. Add --resume" in done.stderr


def test_the_exported_cascade_is_the_run(training):
  """Without the code of the model; levels answer alone."""
  model = trained_run.load(str(training.run)).model
  folder = training.run / "cascade" / "saved_model"
  seed = tf.constant([3, 1])
  served = saved_models.load(folder)["sample"](seed=seed, count=tf.constant(4))
  expected = tf.clip_by_value(model.sample(seed, 4), -1.0, 1.0)
  np.testing.assert_allclose(served["images"], expected, atol=1e-5)
  target = RunDir(training.folder / "served")
  written = exports.write(families.of(model.config).exports(model), target)
  names = [*_LEVELS, "cascade"]
  assert written == [target.saved_model(name) / "1" for name in names]
  low_pass = tf.random.stateless_normal((2, 16, 16, 3), seed)
  bands = [
    saved_models.load(run.saved_model("level_1"))["generate"](
      low_pass=low_pass, seed=seed
    )["band"]
    for run in (target, RunDir(training.run))
  ]
  np.testing.assert_array_equal(*bands)
  expected = model.level_models[1].generate(low_pass, seed)
  np.testing.assert_allclose(bands[0], expected, atol=1e-5)


def test_equal_seeds_draw_equal_files_in_any_process(training):
  """Another seed draws others."""
  drawn = {}
  for seed in (5, 6):
    out = training.folder / f"here_{seed}.npz"
    options = SampleRequest(count=6, seed=seed, batch_size=4)
    samples.sample_run(str(training.run), options, "npz", str(out))
    drawn[seed] = np.load(out)["images"]
  assert drawn[5].shape == (6, 32, 32, 3) and drawn[5].dtype == np.uint8
  assert len({image.tobytes() for image in (*drawn[5], *drawn[6])}) == 12
  out = training.folder / "there.npz"
  options = ("--count=6", "--seed=5", "--batch_size=4", "--format=npz")
  done = commands.call(
    "sample", f"--run_dir={training.run}", *options, f"--out={out}"
  )
  assert done.returncode == 0, done.stderr
  assert f"Wrote 6 images: {out}" in done.stdout
  np.testing.assert_array_equal(np.load(out)["images"], drawn[5])


@pytest.mark.parametrize(
  "options, message",
  [
    ({"labels": ("0",)}, "is not class-conditional.*Leave it out, or train a"),
    ({"temperature": 0.5}, "of a LAPGAN is uniform in .* Leave it out"),
  ],
)
def test_options_without_a_meaning_are_refused(training, options, message):
  """They would be ignored silently."""
  with pytest.raises(errors.UserError, match=message):
    options = SampleRequest(count=1, **options)
    samples.sample_run(str(training.run), options, "grid")


def test_commands_of_the_other_family_are_refused(training):
  """A LAPGAN cannot encode, and has no M."""
  run, out = str(training.run), training.folder / "refused"
  [picture, *_] = (training.folder / "pictures").iterdir()
  message = "holds a LAPGAN, which has no encoder and no learned prior. Name"
  with pytest.raises(errors.UserError, match=message):
    reconstructions.reconstruct_files(
      run, [str(picture)], str(out), ReconstructionRequest()
    )
  environment = small_runs.environment(training.folder, "refused")
  with pytest.raises(errors.UserError, match=message):
    retrained_prior.retrain_prior(run, 1, 0.1, environment)
  assert not out.exists()
