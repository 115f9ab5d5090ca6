"""Files of samples of both families, and the classes of a LAPGAN."""

import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_models, small_runs

from experiments.config import choices
from experiments.config.requests.sample import SampleRequest
from experiments.drawing import image_files, samples
from experiments.families import large_batches
from experiments.pictures import charts, grids
from experiments.runs import trained_run
from experiments.system import errors

_CLASSES = ("cat", "dog", "owl")


def _noise(seed, count, label):
  del label
  shape = (count, 4, 5, 3)
  return [tf.random.stateless_uniform(shape, seed, -1.0, 1.0)]


def test_images_are_functions_of_seed_and_batch():
  """Seven in batches of three: no batch repeats another, nor any image."""

  def draw(count, seed=1):
    [pixels] = large_batches.levels_in_batches(_noise, count, 3, seed)
    return pixels

  pixels = draw(7)
  assert pixels.shape == (7, 4, 5, 3) and pixels.dtype == np.uint8
  assert len({image.tobytes() for image in pixels}) == 7
  np.testing.assert_array_equal(pixels, draw(7))
  np.testing.assert_array_equal(pixels[:4], draw(4))
  assert not np.array_equal(pixels, draw(7, seed=2))


@pytest.mark.parametrize("kind", choices.ENDINGS)
def test_a_target_that_cannot_be_written_is_named(tmp_path, kind):
  """With the option that mends it, before anything is drawn."""
  (tmp_path / "file").write_text("")
  target = tmp_path / "file" / "x"
  with pytest.raises(errors.UserError, match=f"{target.parent}.*--out"):
    image_files.claimed(target, kind, {})


@pytest.mark.parametrize("kind, name", [("grid", "a.tif"), ("npz", "a.png")])
def test_a_name_that_says_otherwise_is_refused(tmp_path, kind, name):
  """A picture that no program opens would be the answer."""
  with pytest.raises(errors.UserError, match=f"{name}.*--out"):
    image_files.claimed(tmp_path / name, kind, {})


@pytest.fixture
def sheets(monkeypatch):
  """Rows and titles of the sheets drawn."""
  noted, draw = [], charts.labelled_rows

  def record(path, rows, title, *more, **options):
    noted.append((rows, title))
    draw(path, rows, title, *more, **options)

  monkeypatch.setattr(charts, "labelled_rows", record)
  return noted


@pytest.fixture
def sample(tmp_path):
  """`sample(run, kind, **options)`: the images of a file, or of a folder."""

  def draw(run, kind="npz", chain=False, **options):
    ending = choices.ENDINGS[kind]
    out = tmp_path / f"{len(list(tmp_path.iterdir()))}{ending}"
    request = SampleRequest(**{"count": 6, "seed": 2, **options})
    samples.sample_run(str(run.run_dir.path), request, kind, chain, str(out))
    if kind == "npz":
      return np.load(out)["images"]
    paths = sorted(out.glob("*.png")) if kind == "png" else [out]
    return np.stack([np.asarray(Image.open(p).convert("RGB")) for p in paths])

  return draw


def test_every_format_holds_the_same_images(trained, sample, sheets):
  """Batches of another size are other images, but as many."""
  images = sample(trained)
  assert images.shape == (6, 16, 16, 3) and images.dtype == np.uint8
  assert len({image.tobytes() for image in images}) == 6
  np.testing.assert_array_equal(sample(trained, "png"), images)
  assert min(sample(trained, "grid").shape[1:3]) > 60
  [(rows, title)] = sheets
  np.testing.assert_array_equal(rows["0 to 5"], grids.grid([images]))
  for piece in ("a run", "tiny", "seed 2"):
    assert piece in title
  split = sample(trained, batch_size=4)
  assert split.shape == images.shape and not np.array_equal(split, images)


def test_a_chain_shows_every_level_of_each_image(trained, sample, sheets):
  """Figure 4b, coarse beside fine; the finest are the samples."""
  images = sample(trained, count=3)
  chains = sample(trained, count=3, chain=True)
  assert chains.shape == (3, 16, 32, 3)
  coarse, fine = chains[:, :, :16], chains[:, :, 16:]
  np.testing.assert_array_equal(fine, images)
  blocks = coarse[:, ::2, ::2]
  np.testing.assert_array_equal(coarse, grids.enlarged(blocks, 2))
  sample(trained, "grid", count=3, chain=True)
  [(rows, _)] = sheets
  assert list(rows) == ["level 1, 8 px", "level 0, 16 px"]
  for label, level in (("level 1, 8 px", blocks), ("level 0, 16 px", images)):
    np.testing.assert_array_equal(rows[label], grids.grid([level], side=32))


def test_a_folder_belongs_to_the_request_that_filled_it(trained, tmp_path):
  """Three images among the three hundred of before would be none of both."""
  run, out = str(trained.run_dir.path), tmp_path / "out"

  def draw(count, seed=0):
    request = SampleRequest(count=count, seed=seed)
    samples.sample_run(run, request, "png", out=str(out))

  draw(30)
  names = set(os.listdir(out))
  for request, piece in (((3,), "count"), ((30, 1), "seed")):
    with pytest.raises(errors.UserError, match=f"{piece}.*--out"):
      draw(*request)
  draw(30)
  assert set(os.listdir(out)) == names and len(names) == 31


def test_temperature_zero_is_the_mean_of_the_prior(lapcvae_run, sample):
  """So that every image of the seed is the same; one draws others."""
  still = sample(lapcvae_run, temperature=0.0)
  np.testing.assert_array_equal(still, still[:1].repeat(6, axis=0))
  assert not np.array_equal(still, sample(lapcvae_run, temperature=1.0))


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
  """Two levels, trained on eight pictures of each of three classes."""
  folder = tmp_path_factory.mktemp("classes")
  name = small_runs.write_pictures(folder / "pictures", _CLASSES, 8)
  # Large weights, so that a class changes the pixels.
  made = small_runs.lapgan_config(
    name, model={"num_classes": 3}, steps=2, learning_rate=0.2
  )
  return small_runs.Trained.of(folder, made)


def test_one_coarsest_image_is_refined_in_many_ways(conditional, sample):
  """The supplement's experiment, over several batches."""
  chains = sample(
    conditional, count=5, fixed_coarsest=True, chain=True, batch_size=2
  )
  coarsest = chains[:, :, :16]
  np.testing.assert_array_equal(coarsest, coarsest[:1].repeat(5, axis=0))
  assert len({image.tobytes() for image in chains}) == 5


def test_classes_are_chosen_by_name_or_number_in_turns(conditional, sample):
  """Without a choice all take turns."""

  def drawn(*labels):
    return sample(conditional, labels=labels)

  dogs, owls, mixed = drawn("dog"), drawn("owl"), drawn("dog", "2")
  np.testing.assert_array_equal(drawn("1"), dogs)
  np.testing.assert_array_equal(mixed[::2], dogs[::2])
  np.testing.assert_array_equal(mixed[1::2], owls[1::2])
  assert not np.array_equal(owls, dogs)
  np.testing.assert_array_equal(drawn(), drawn(*_CLASSES))


@pytest.mark.parametrize("label", ["fox", "3", "-1", "Dog"])
def test_an_unknown_class_is_answered_with_the_classes(
  conditional, sample, label
):
  """Names first, then the numbers."""
  message = f"--labels={label}.*cat, dog, owl, numbers"
  with pytest.raises(errors.UserError, match=message):
    sample(conditional, labels=("dog", label))


def test_images_of_other_classes_are_refused(conditional):
  """Rather than classes that no image has, or images that no class has."""

  def refusal(name, classes):
    made = small_runs.lapgan_config(name, model={"num_classes": classes})
    with pytest.raises(errors.UserError, match="--set=model.num_cl") as caught:
      conditional.train("refused", made)
    assert not (conditional.folder / "refused").exists()
    return str(caught.value)

  for classes in (2, 4):
    message = refusal(conditional.config.data.name, classes)
    assert f"3 classes, the model {classes}" in message
    assert "model.num_classes=3" in message
  plain = small_runs.write_pictures(conditional.folder / "plain")
  message = refusal(plain, 2)
  assert plain in message and "num_classes=0" in message


def test_a_single_level_has_nothing_to_refine(conditional):
  """A plain GAN draws samples and no chains."""
  made = small_runs.config(
    small_models.lapgan_config(1), conditional.config.data.name, steps=1
  )
  run = str(conditional.train("gan", made).path)
  assert trained_run.load(run).steps == (1,)
  with pytest.raises(errors.UserError, match="--fixed_coarsest"):
    samples.sample_run(run, SampleRequest(count=1, fixed_coarsest=True), "npz")
