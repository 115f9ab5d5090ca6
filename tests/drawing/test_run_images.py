"""Images in and out of a model, and what a run without figures cannot do."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from experiments.config import choices, overrides, presets
from experiments.config.environment import Environment
from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.drawing import image_files, reconstructions
from experiments.families import batched
from experiments.runs import retrained_prior
from experiments.system import errors
from experiments.training import checkpoints, run_dir
from lapcvae_tf.model import LapCVAE

_LEVELS = 3


def _save(path, *shape):
  """A file of noise around one colour, of the format of its name."""
  path.parent.mkdir(parents=True, exist_ok=True)
  generator = np.random.default_rng(shape)
  colour = generator.integers(0, 200, shape[2:])
  noise = generator.integers(0, 56, shape)
  Image.fromarray((colour + noise).astype(np.uint8)).save(path)
  return str(path)


def _pixels(path):
  with Image.open(path) as picture:
    return np.asarray(picture.convert("RGB"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  """An unfinished run of the paper's Without-M, its weights drawn."""
  sizes = ("hidden_units=16", "latent_dim=3", "bottleneck_filters=2")
  filters = ("encoder_filters=(2,2,2)", "decoder_filters=(2,2,2)")
  config = overrides.apply_overrides(
    presets.PRESETS["lapcvae_demo"](),
    [
      "model.prior=standard",
      *(f"model.levels.*.{size}" for size in sizes + filters),
    ],
  )
  folder = run_dir.RunDir(tmp_path_factory.mktemp("run") / "run")
  folder.start("lapcvae_demo", config, resume=False)
  model = LapCVAE(config.model)
  generator = np.random.default_rng(0)
  for weight in model.weights:
    low, high = (0.5, 1.5) if "variance" in weight.name else (-0.7, 0.7)
    weight.assign(generator.uniform(low, high, weight.shape))
  checkpoints.Checkpoints(folder.checkpoints, {"model": model}).save()
  return str(folder.path)


def _reconstruct(run, paths, out, **options):
  """The images written, by name."""
  reconstructions.reconstruct_files(
    run, paths, str(out), ReconstructionRequest(**options)
  )
  return {file.stem: _pixels(file) for file in out.glob("*.png")}


def _noise(seed, count):
  return tf.random.stateless_uniform((count, 4, 5, 3), seed, -1.0, 1.0)


def test_images_are_functions_of_seed_and_batch():
  """Seven in batches of three: no batch repeats another, nor any image."""
  draw = batched.in_batches
  pixels = draw(_noise, 7, 3, seed=1)
  assert pixels.shape == (7, 4, 5, 3) and pixels.dtype == np.uint8
  assert len({image.tobytes() for image in pixels}) == 7
  np.testing.assert_array_equal(pixels, draw(_noise, 7, 3, seed=1))
  np.testing.assert_array_equal(pixels[:4], draw(_noise, 4, 3, seed=1))
  assert not np.array_equal(pixels, draw(_noise, 7, 3, seed=2))


def test_images_survive_every_format(tmp_path, capsys):
  """Each says where it went, into folders that need not exist."""
  pixels = batched.in_batches(_noise, 5, 5, seed=0)
  for kind, name in (("grid", "g.png"), ("png", "p"), ("npz", "a.npz")):
    image_files.write(pixels, tmp_path / kind / name, kind)
    assert f"5 images: {tmp_path / kind / name}" in capsys.readouterr().out
  files = sorted((tmp_path / "png" / "p").iterdir())
  assert [file.name for file in files] == [f"{i:05d}.png" for i in range(5)]
  np.testing.assert_array_equal([_pixels(file) for file in files], pixels)
  with np.load(tmp_path / "npz" / "a.npz") as stored:
    np.testing.assert_array_equal(stored["images"], pixels)
  # Three columns, two rows, and two pixels around each image.
  assert _pixels(tmp_path / "grid" / "g.png").shape == (14, 23, 3)


@pytest.mark.parametrize("kind", choices.ENDINGS)
def test_a_target_that_cannot_be_written_is_named(tmp_path, kind):
  """With the option that mends it."""
  (tmp_path / "file").write_text("")
  with pytest.raises(errors.UserError, match="file.*Choose another --out"):
    image_files.write(
      np.zeros((1, 4, 4, 3), np.uint8), tmp_path / "file" / "x", kind
    )


def test_any_image_file_becomes_one_of_the_models_size(run, tmp_path, capsys):
  """Formats, colours, sizes and equal names; the sheet shows all in pairs."""
  paths = [
    _save(tmp_path / "a.jpg", 50, 70, 3),
    _save(tmp_path / "b.png", 9, 20, 4),
    _save(tmp_path / "GREY.PNG", 32, 32),
    _save(tmp_path / "one" / "same.png", 33, 32, 3),
    _save(tmp_path / "two" / "same.jpeg", 40, 32, 3),
  ]
  inputs = [*paths[:3], str(tmp_path / "one"), str(tmp_path / "two")]
  out = tmp_path / "out"
  found = _reconstruct(run, inputs, out, batch_size=2)
  assert set(found) == {"a", "b", "GREY", "same", "same_2"}
  assert all(image.shape == (32, 32, 3) for image in found.values())
  assert not np.array_equal(found["same"], found["same_2"])
  sheet = _pixels(out / "sheet" / "inputs_and_results.png")
  assert sheet.shape == (2 * 34 + 2, 5 * 34 + 2, 3)
  np.testing.assert_array_equal(sheet[2:34, 70:102], _pixels(paths[2]))
  np.testing.assert_array_equal(sheet[36:68, 70:102], found["GREY"])
  assert f"Wrote 5 images: {out}" in capsys.readouterr().out


def test_an_unreadable_file_is_named_and_left_out(run, tmp_path, caplog):
  """One bad file among many is no reason to stop."""
  paths = [_save(tmp_path / "good.png", 32, 32, 3), str(tmp_path / "bad.png")]
  (tmp_path / "bad.png").write_bytes(b"no picture")
  assert set(_reconstruct(run, paths, tmp_path / "out")) == {"good"}
  assert f"Skipped {paths[1]}: not an image" in caplog.text
  assert "good.png" not in caplog.text
  with pytest.raises(errors.UserError, match="None of the 1 images.*above"):
    _reconstruct(run, paths[1:], tmp_path / "none")
  assert not (tmp_path / "none").exists()


def test_seeds_change_what_is_drawn_and_nothing_else(run, tmp_path):
  """Figure 8: from level 0 all is kept, from one past the last all drawn."""
  path = _save(tmp_path / "a.png", 32, 32, 3)

  def image(**options):
    return _reconstruct(run, [path], tmp_path / "out", **options)["a"]

  kept = [image(fixed_from=0, seed=seed) for seed in (1, 2)]
  drawn = [image(fixed_from=_LEVELS, seed=seed) for seed in (1, 2, 1)]
  np.testing.assert_array_equal(*kept)
  np.testing.assert_array_equal(drawn[0], drawn[2])
  assert not np.array_equal(drawn[0], drawn[1])


def test_what_cannot_be_reconstructed_is_answered_with_a_remedy(run, tmp_path):
  """Nothing is written."""
  good = _save(tmp_path / "pictures" / "a.png", 32, 32, 3)
  (tmp_path / "empty").mkdir()
  (tmp_path / "empty" / "notes.txt").write_text("no image")
  (tmp_path / "file").write_text("")
  for path, target, fixed_from, message in (
    ("missing", "out", 0, "missing is no file and no folder. Name existing"),
    ("empty", "out", 0, "No images in .*empty. Images end in .jpg"),
    (good, "out", _LEVELS + 1, "fixed_from=4 is no level: the run has 3"),
    (good, "file", 0, "Cannot write into .*file.* Choose another --out"),
  ):
    with pytest.raises(errors.UserError, match=message):
      _reconstruct(
        run, [str(tmp_path / path)], tmp_path / target, fixed_from=fixed_from
      )
  assert not (tmp_path / "out").exists()
  with pytest.raises(errors.UserError, match="holds no run.*--run_dir"):
    _reconstruct(str(tmp_path / "pictures"), [good], tmp_path / "out")


def test_without_m_there_is_none_to_retrain(run, tmp_path):
  """Refused before a folder is made."""
  environment = Environment(run_dir=str(tmp_path / "out"))
  with pytest.raises(errors.UserError, match="no M to retrain.*prior=learned"):
    retrained_prior.retrain_prior(run, 3, 0.01, environment)
  assert not (tmp_path / "out").exists()
