"""Files of samples from a class-conditional LAPGAN, and its classes."""

import pathlib
import types

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from experiments.config.requests.sample import SampleRequest
from experiments.drawing import samples
from experiments.pictures import grids
from experiments.runs import job, trained_run
from experiments.system import errors

_CLASSES = ("cat", "dog", "owl")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """Two levels, trained on eight pictures of each of three classes."""
  folder = tmp_path_factory.mktemp("classes")
  name = small_runs.write_pictures(folder / "pictures", _CLASSES, 8)
  # Large weights, so that a class changes the pixels.
  config = small_runs.lapgan_config(
    name, model={"num_classes": 3}, steps=2, learning_rate=0.2
  )
  environment = small_runs.environment(folder)
  job.train("tiny", config, environment)
  return types.SimpleNamespace(
    folder=folder, name=name, run=environment.run_dir
  )


@pytest.fixture
def sample(trained, tmp_path):
  """`sample(kind, **options)`: the images of a file, or of a folder."""

  def draw(kind="npz", **options):
    out = tmp_path / f"{len(list(tmp_path.iterdir()))}.{kind}"
    options = SampleRequest(**{"count": 6, "seed": 2, **options})
    samples.sample_run(trained.run, options, kind, str(out))
    if kind == "npz":
      return np.load(out)["images"]
    if kind == "png":
      return np.stack(
        [np.asarray(Image.open(p)) for p in sorted(out.iterdir())]
      )
    return np.asarray(Image.open(out))

  return draw


def test_every_format_holds_the_same_images(sample):
  """Batches of another size are other images, but as many."""
  images = sample()
  assert images.shape == (6, 16, 16, 3) and images.dtype == np.uint8
  assert len({image.tobytes() for image in images}) == 6
  np.testing.assert_array_equal(sample("png"), images)
  np.testing.assert_array_equal(sample("grid"), grids.sheet(images))
  split = sample(batch_size=4)
  assert split.shape == images.shape and not np.array_equal(split, images)


def test_a_chain_shows_every_level_of_each_image(sample):
  """Figure 4b, coarse above fine; the finest row are the samples."""
  images = sample(count=3)
  chains = sample(count=3, chain=True)
  assert chains.shape == (3, 16, 32, 3)
  coarse, fine = chains[:, :, :16], chains[:, :, 16:]
  np.testing.assert_array_equal(fine, images)
  blocks = coarse[:, ::2, ::2]
  np.testing.assert_array_equal(
    coarse, blocks.repeat(2, axis=1).repeat(2, axis=2)
  )
  grid = sample("grid", count=3, chain=True)
  np.testing.assert_array_equal(grid, grids.grid([blocks, images], side=32))


def test_one_coarsest_image_is_refined_in_many_ways(sample):
  """The supplement's experiment, over several batches."""
  chains = sample(count=5, fixed_coarsest=True, chain=True, batch_size=2)
  coarsest = chains[:, :, :16]
  np.testing.assert_array_equal(coarsest, coarsest[:1].repeat(5, axis=0))
  assert len({image.tobytes() for image in chains}) == 5


def test_classes_are_chosen_by_name_or_number_in_turns(sample):
  """Without a choice all take turns."""
  dogs = sample(labels=("dog",))
  np.testing.assert_array_equal(sample(labels=("1",)), dogs)
  mixed = sample(labels=("dog", "2"))
  np.testing.assert_array_equal(mixed[::2], dogs[::2])
  owls = sample(labels=("owl",))
  np.testing.assert_array_equal(mixed[1::2], owls[1::2])
  assert not np.array_equal(owls, dogs)
  np.testing.assert_array_equal(sample(), sample(labels=_CLASSES))


@pytest.mark.parametrize("label", ["fox", "3", "-1", "Dog"])
def test_an_unknown_class_is_answered_with_the_classes(sample, label):
  """Names first, then the numbers."""
  message = f"--labels={label}: the classes are cat, dog, owl, numbers below"
  with pytest.raises(errors.UserError, match=message):
    sample(labels=("dog", label))


def _refusal(trained, name, classes):
  config = small_runs.lapgan_config(name, model={"num_classes": classes})
  environment = small_runs.environment(trained.folder, "refused")
  with pytest.raises(errors.UserError) as caught:
    job.train("tiny", config, environment)
  assert not pathlib.Path(environment.run_dir).exists()
  return str(caught.value)


def test_another_number_of_classes_is_refused(trained):
  """Rather than classes that no image has, or images that no class has."""
  for classes in (2, 4):
    message = _refusal(trained, trained.name, classes)
    assert f"has 3 classes, the model {classes}. Add --set=model" in message
    assert "model.num_classes=3" in message


def test_images_without_classes_are_refused(trained):
  """The message names two remedies."""
  name = small_runs.write_pictures(trained.folder / "plain")
  message = _refusal(trained, name, 2)
  assert message.startswith(f"{name} has no classes, which the model is")
  assert "subfolder per class" in message and "num_classes=0" in message


def test_a_single_level_has_nothing_to_refine(trained):
  """A plain GAN draws samples and no chains."""
  config = small_runs.lapgan_config(trained.name, (8,), steps=1)
  environment = small_runs.environment(trained.folder, "gan")
  job.train("tiny", config, environment)
  assert trained_run.load(environment.run_dir).steps == (1,)
  with pytest.raises(errors.UserError, match="one level has no coarsest image"):
    samples.sample_run(
      environment.run_dir, SampleRequest(count=1, fixed_coarsest=True), "npz"
    )
