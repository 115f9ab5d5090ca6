"""Bundles of runs of both families, made and used by commands."""

import hashlib
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from support import commands, small_runs

from experiments.bundles import card
from experiments.config import data_config, presets
from experiments.runs import trained_run

_FILES = {"config.json", "model.weights.h5", "README.md", "samples.png"}


@pytest.fixture(scope="module")
def bundle(trained, tmp_path_factory):
  """A bundle of each family's run."""
  out = tmp_path_factory.mktemp("bundles") / "a demo"
  run = f"--run_dir={trained.run_dir.path}"
  done = commands.call_here("bundle", run, f"--out={out}")
  assert done.returncode == 0, done.stderr
  assert str(out) in done.stdout
  return out


def _digests(folder):
  return {
    path.name: hashlib.sha256(path.read_bytes()).hexdigest()
    for path in folder.iterdir()
  }


def _done(command, *options):
  done = commands.call_here(command, *options)
  assert done.returncode == 0, done.stderr
  return done.stdout


def test_a_bundle_draws_what_its_run_draws(trained, bundle, tmp_path):
  """Bit for bit; half precision to a grey level or two."""
  half = tmp_path / "half"
  run = str(trained.run_dir.path)
  _done("bundle", f"--run_dir={run}", f"--out={half}", "--dtype=float16")
  drawn, same, near = (
    trained_run.load(str(name)).draw(4, seed=3) for name in (run, bundle, half)
  )
  for levels in zip(drawn, same, near, strict=True):
    np.testing.assert_array_equal(levels[1], levels[0])
    assert np.abs(levels[2].astype(int) - levels[0]).max() <= 2
  loaded = trained_run.load(run), trained_run.load(str(bundle))
  assert loaded[0].steps == loaded[1].steps
  assert loaded[0].config.model == loaded[1].config.model


def test_a_bundle_of_a_bundle_has_the_same_weights(bundle, tmp_path):
  """One of float32 can be rounded later, or sent."""
  _done("bundle", f"--run_dir={bundle}", f"--out={tmp_path / 'again'}")
  again = _digests(tmp_path / "again")
  assert again.keys() == _FILES
  assert again["model.weights.h5"] == _digests(bundle)["model.weights.h5"]


def test_a_bundle_names_no_place_on_a_machine(trained, bundle):
  """The dataset is the last name of a folder's path."""
  assert {path.name for path in bundle.iterdir()} == _FILES
  for name in ("config.json", "README.md"):
    text = (bundle / name).read_text()
    assert str(trained.folder) not in text and "folder:pictures" in text
  stored = small_runs.read_json(bundle / "config.json")
  preprocessing = stored["preprocessing"]
  assert preprocessing["size"] == 16 and preprocessing["crop"] is None
  assert preprocessing["value_range"] == [-1, 1]
  assert stored["metrics"] == trained.run_dir.read_metrics()


def test_the_card_says_how_to_load_and_that_works(bundle, monkeypatch):
  """Its Python lines run as they stand, beside the bundle."""
  text = (bundle / "README.md").read_text()
  code = text.partition("```python\n")[2].partition("```")[0]
  assert len(code.split("\n\n")) == 2
  monkeypatch.chdir(bundle.parent)
  names = {}
  exec(code, names)
  assert names["images"].shape == (16, 16, 16, 3)
  assert "is not stated" in text and "# a demo" in text
  assert Image.open(bundle / "samples.png").size[0] > 200


def test_the_card_has_results_with_their_commands(
  trained, tmp_path, monkeypatch
):
  """They are of the training, and of an evaluation if there was one."""
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: trained.config)
  run_dir = trained.copy(tmp_path / "run")
  cache = f"--cache_dir={trained.folder / 'cache'}"
  _done(
    *("evaluate", f"--run_dirs={run_dir.path}", cache, "--images=3"),
    *("--samples=4", "--parzen_samples=5", "--nogiven"),
  )
  run = trained_run.load(str(run_dir.path))
  metrics = run_dir.read_metrics()
  text = card.markdown(run, metrics, "mine", "float16", "Mine.")
  assert run.family.headline(metrics) in text
  assert "before the weights were rounded" in text
  assert "experiments.train --config=tiny" in text
  assert "--images=3 --samples=4 --parzen_samples=5 --nogiven" in text
  assert "| mine |" in text and "Mine." in text and "not stated" not in text
  assert str(tmp_path) not in text


def test_every_known_dataset_has_its_licence():
  """Those that a configuration can name without a path."""
  for name in (*data_config.TFDS_NAMES, "lsun"):
    assert name in card.LICENCES


def test_commands_take_a_bundle_and_leave_it_alone(
  trained, bundle, tmp_path, monkeypatch
):
  """Without --out they write into a folder of the present one."""
  monkeypatch.chdir(tmp_path)
  before = _digests(bundle)
  run = f"--run_dir={bundle}"
  picture = trained.folder / "pictures" / "0.png"
  _done("sample", run, "--count=4")
  _done("sample", run, "--count=2", "--chain", "--out=chain.png")
  _done("export", run)
  written = ["samples/seed0_count4.png", "cascade/saved_model/1"]
  if trained.parts == [None]:
    strokes = tmp_path / "strokes.json"
    strokes.write_text(
      json.dumps([{"color": "red", "width": 9, "points": [[15, 15]]}])
    )
    _done("reconstruct", run, f"--images={picture}")
    _done("interpolate", run, f"--images={picture},{picture}")
    edit = [run, f"--image={picture}", f"--strokes={strokes}", "--count=1"]
    _done("edit", *edit)
    _done("figures", f"--run_dirs={bundle}", "--figure=lapcvae_5", "--count=2")
    written += [
      "reconstructions",
      "edits",
      "samples/interpolation_0_0_steps8.png",
    ]
  else:
    _done("figures", f"--run_dirs={bundle}", "--figure=lapgan_4", "--count=2")
  for name in written:
    assert (tmp_path / "a demo_results" / name).exists(), name
  assert _digests(bundle) == before


def test_a_bundle_is_evaluated_where_its_images_are(
  trained, bundle, tmp_path, monkeypatch
):
  """Images of a folder are looked for by the last name of its path."""
  monkeypatch.chdir(tmp_path)
  before = _digests(bundle)
  options = ["--images=3", "--samples=4", "--parzen_samples=5", "--nogiven"]
  options += [f"--run_dirs={bundle}", f"--cache_dir={tmp_path / 'cache'}"]
  assert "pictures" in commands.refusal("evaluate", *options)
  shutil.copytree(trained.folder / "pictures", tmp_path / "pictures")
  _done("evaluate", *options)
  scores = small_runs.read_json(tmp_path / "a demo_results/evaluation.json")
  assert scores["preset"] == "tiny" and scores["swd_mean"] > 0
  assert _digests(bundle) == before


def test_no_training_starts_in_a_bundle_or_from_one(
  trained, bundle, tmp_path, monkeypatch
):
  """It has neither optimizers nor discriminators."""
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: trained.config)
  before = _digests(bundle)
  train = ["train", "--config=tiny", "--strategy=cpu"]
  new = f"--run_dir={tmp_path / 'new'}"
  for options in (
    [f"--run_dir={bundle}"],
    [f"--run_dir={bundle}", "--resume"],
    [new, f"--init_from={bundle}"],
  ):
    message = commands.refusal(*train, *options)
    assert f"{bundle} holds a bundle" in message and message.count("\n") == 1
  message = commands.refusal(
    "retrain_prior", f"--run_dir={bundle}", f"--out_dir={tmp_path / 'm'}"
  )
  assert "bundle" in message and message.count("\n") == 1
  assert _digests(bundle) == before and not (tmp_path / "m").exists()


def test_only_what_has_finished_is_bundled(trained, tmp_path):
  """Its figures are part of the bundle; nothing is left behind."""
  run_dir = trained.copy(tmp_path / "run")
  (run_dir.part(trained.parts[0]) / "status.json").unlink()
  out = tmp_path / "out"
  message = commands.refusal(
    "bundle", f"--run_dir={run_dir.path}", f"--out={out}"
  )
  assert "has not taken its 4 steps" in message
  assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_bundle_is_there_whole_or_not_at_all(trained, tmp_path, monkeypatch):
  """Other files are not touched, and a failure leaves none."""
  run = f"--run_dir={trained.run_dir.path}"
  (tmp_path / "mine").mkdir()
  (tmp_path / "mine" / "notes.txt").write_text("mine")
  message = commands.refusal("bundle", run, f"--out={tmp_path / 'mine'}")
  assert "holds other files" in message

  def full(*arguments):
    raise OSError(28, "No space left on device")

  monkeypatch.setattr(card, "markdown", full)
  out = tmp_path / "empty"
  out.mkdir()
  message = commands.refusal("bundle", run, f"--out={out}")
  assert "No space left" in message and str(out) in message
  names = {path.name for path in tmp_path.iterdir()}
  assert names == {"mine", "empty"} and not list(out.iterdir())


@pytest.mark.parametrize(
  "name, content",
  [("config.json", "{"), ("config.json", None), ("model.weights.h5", "x")],
)
def test_a_damaged_bundle_ends_a_command_with_one_message(
  bundle, tmp_path, name, content
):
  """Whichever file it is."""
  damaged = tmp_path / "b"
  shutil.copytree(bundle, damaged)
  (damaged / name).unlink()
  if content is not None:
    (damaged / name).write_text(content)
  options = f"--run_dir={damaged}", f"--out={tmp_path / 'x.png'}"
  message = commands.refusal("sample", *options)
  assert name in message and str(damaged) in message
  assert message.count("\n") == 1 and not (tmp_path / "x.png").exists()


def test_a_bundle_of_labelled_images_keeps_its_classes(tmp_path):
  """By name, for --labels and for the card."""
  name = small_runs.write_pictures(tmp_path / "p", ("cat", "dog"), 12)
  options = {"num_classes": 2}
  made = small_runs.lapgan_config(name, 1, options, steps=2)
  trained = small_runs.Trained.of(tmp_path, made)
  out = tmp_path / "b"
  _done("bundle", f"--run_dir={trained.run_dir.path}", f"--out={out}")
  assert trained_run.load(str(out)).class_names == ("cat", "dog")
  text = (out / "README.md").read_text()
  assert "Classes: cat, dog." in text and "label=tf.range(16) % 2" in text
  drawn = f"--out={tmp_path / 'x.png'}"
  _done("sample", f"--run_dir={out}", "--labels=dog", "--count=2", drawn)
