"""Coarse levels of a LapCVAE under finer levels of a LAPGAN, as one run."""

import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf
from support import commands, small_models, small_runs

from experiments.config.data_config import DataConfig
from experiments.config.hybrid_config import HybridConfig
from experiments.editing.session import EditSession
from experiments.evaluation import refinements
from experiments.families.hybrid import HybridFamily
from experiments.families.hybrid_model import HybridModel
from experiments.runs import (
  description,
  hybrid_plan,
  hybrid_run,
  trained_run,
)
from experiments.system import errors
from pyramid_tf import kernels, pyramid, saved_models

SEED = tf.constant([5, 6])


def _models(joint=8, kernel="haar", standardisation="per_channel"):
  coarse = small_models.lapcvae(3, consistency_steps=1, kernel="haar")
  fine = small_models.lapgan(
    num_levels=3,
    standardisation=standardisation,
    keep_coarse=True,
    kernel=kernel,
  )
  config = HybridConfig(coarse=coarse.config, fine=fine.config, joint=joint)
  return HybridModel(config, coarse, fine)


@pytest.fixture(scope="module")
def image():
  """Four images in [-1, 1]."""
  return small_models.pictures()


@pytest.mark.parametrize("kernel", kernels.EXACT_KERNELS)
@pytest.mark.parametrize("joint", [8, 4])
def test_images_up_to_the_joint_are_the_lapcvaes(image, joint, kernel):
  """And the LAPGAN's detail leaves them as they are, where it keeps to them."""
  model = _models(joint, kernel)
  levels = model.reconstruct_levels(image)
  assert [level.shape[1] for level in levels] == [16, 8, 4]
  config = model.config
  k = config.fine_levels
  for ours, theirs in zip(
    levels[k:], model.coarse.reconstruct_levels(image)[k:], strict=True
  ):
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
  seen = pyramid.gaussian_pyramid(levels[0], config.sizes[: k + 1], "haar")[-1]
  np.testing.assert_allclose(seen, levels[k], atol=1e-4)
  np.testing.assert_allclose(
    model.decode(model.encode(image)), levels[0], atol=1e-5
  )


def test_units_by_pixel_join_too(image):
  """Detail keeps to what was given but for how units vary within a block."""
  model = _models(standardisation="per_pixel")
  rows, columns = np.mgrid[:16, :16][..., None] / 15.0
  model.fine.standardisation.fit(
    0.2 * np.sin(3.0 * rows + columns) + np.zeros(3),
    0.5 + 0.05 * np.cos(2.0 * rows - columns) + np.zeros(3),
  )
  coarse = pyramid.gaussian_pyramid(image, (16, 8), "haar")[1]
  drawn = model.refine(coarse, 1, SEED)
  np.testing.assert_array_equal(drawn[1], coarse)
  drift = pyramid.gaussian_pyramid(drawn[0], (16, 8), "haar")[1] - coarse
  assert 0.0 < np.sqrt(np.mean(np.square(drift))) < 0.02


def test_samples_begin_as_those_of_the_lapcvae():
  """Equal seeds draw equal coarse images."""
  model = _models()
  drawn = model.sample_levels(SEED, 3)
  expected = model.coarse.sample_levels(SEED, 3)
  np.testing.assert_allclose(drawn[1], expected[1], atol=1e-5)
  assert np.abs(drawn[0] - expected[0]).max() > 1e-2


def test_detail_of_an_adversary_is_of_the_seed_below_the_joint_too(image):
  """As in the LapCVAE alone."""
  coarse = small_models.adversarial(3, 3)
  fine = small_models.lapgan(num_levels=3, kernel="haar")
  config = HybridConfig(coarse=coarse.config, fine=fine.config, joint=8)
  model = HybridModel(config, coarse, fine)
  np.testing.assert_allclose(
    model.sample_levels(SEED, 3)[1], coarse.sample_levels(SEED, 3)[1], atol=1e-5
  )
  one, other = (model.resample(image, 1, seed) for seed in (SEED, SEED + 1))
  seen = [pyramid.downsample(x, 8, "haar") for x in (one, other)]
  assert np.abs(seen[0] - seen[1]).max() > 1e-3


@pytest.mark.parametrize("level", [1, 2])
def test_given_images_are_refined_by_whose_levels_follow(image, level):
  """The LAPGAN's alone from the joint on, both from below it."""
  model = _models()
  coarse = pyramid.gaussian_pyramid(image, model.config.sizes, "haar")[level]
  drawn = model.refine(coarse, level, SEED)
  assert [x.shape[1] for x in drawn] == [16, 8, 4][: level + 1]
  np.testing.assert_array_equal(drawn[-1], coarse)
  other = model.refine(coarse, level, SEED + 1)
  assert np.abs(drawn[0] - other[0]).max() > 1e-3


def test_resampling_draws_what_is_finer_than_what_is_kept(image):
  """Fixed coarse levels are those of the reconstruction."""
  model = _models()
  sizes = model.config.sizes

  def seen(fixed_from, level):
    drawn = model.resample(image, fixed_from, SEED)
    return pyramid.gaussian_pyramid(drawn, sizes, "haar")[level]

  expected = model.reconstruct_levels(image)
  np.testing.assert_allclose(seen(1, 1), expected[1], atol=1e-4)
  np.testing.assert_allclose(seen(2, 2), expected[2], atol=1e-4)
  assert np.abs(seen(2, 1) - expected[1]).max() > 1e-2


def _run(folder, **changes):
  """The command's two runs; returns its plan."""
  name = small_runs.write_pictures(folder / "pictures")
  lapgan = small_models.lapgan_config(
    2, standardisation="per_channel", kernel="haar"
  )
  made = small_runs.config(
    lapgan, name, steps=1, validate_every=1, checkpoint_every=1
  )
  fine = small_runs.Trained.of(folder, made).run_dir.path
  lapcvae = small_models.lapcvae_config(2, kernel="haar")
  data = DataConfig(name=name, size=16)
  coarse = small_runs.write_run(folder / "coarse", lapcvae, data)
  return hybrid_plan.read(coarse, str(fine), 8, str(folder / "both"))


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory):
  """The folder of a hybrid run."""
  plan = _run(tmp_path_factory.mktemp("hybrid"))
  hybrid_run.write(plan)
  return plan.out


def test_a_hybrid_run_is_a_run_for_every_command(hybrid, image, tmp_path):
  """It loads, draws, refines, edits and serves what its models compute."""
  run = trained_run.load(str(hybrid.path), encodes=True)
  drawn = run.draw(5, 1)
  assert [x.shape for x in drawn] == [(5, 16, 16, 3), (5, 8, 8, 3)]
  served = saved_models.load(hybrid.saved_model("cascade"))
  np.testing.assert_allclose(
    served["reconstruct"](images=image)["images"],
    np.clip(run.model.reconstruct(image), -1, 1),
    atol=1e-5,
  )
  call = {"seed": SEED, "count": tf.constant(2)}
  sampled = served["sample"](**call, temperature=tf.constant(1.0))["images"]
  np.testing.assert_allclose(
    sampled, np.clip(run.model.sample(SEED, 2), -1, 1), atol=1e-5
  )
  session = EditSession(run.model, run.config.data)
  opened = session.open(np.full((40, 40, 3), 90, np.uint8))
  assert next(opened.draw(2, 1)).shape == (2, 16, 16, 3)
  with pytest.raises(errors.UserError, match="--fit needs"):
    next(opened.draw(1, 1, fit=True))
  out = tmp_path / "drawn.npz"
  done = commands.call_here(
    *("sample", f"--run_dir={hybrid.path}", "--count=3", "--format=npz"),
    f"--out={out}",
  )
  assert done.returncode == 0, done.stderr
  with pytest.raises(errors.UserError, match="joins two runs"):
    description.finished(hybrid)


def test_bundles_join_as_runs_do(tmp_path):
  """Those that come with the project, for instance; weights are copied."""
  out = tmp_path / "both"
  names = ("pretrained:lapcvae_demo", "pretrained:lapgan_demo")
  hybrid_run.write(hybrid_plan.read(*names, 16, str(out)))
  run = trained_run.load(str(out))
  coarse = trained_run.load(names[0])
  drawn = run.draw(2, 3)
  assert [x.shape[1] for x in drawn] == [64, 32, 16, 8]
  np.testing.assert_allclose(drawn[2], coarse.draw(2, 3)[2], atol=1e-4)


def test_a_hybrid_run_is_measured_from_given_images(hybrid):
  """By both ways of refining that a LapCVAE has."""
  run = trained_run.load(str(hybrid.path))
  images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
  split = refinements.Split(images, None)
  entries = refinements.of_run(run, split, split, 6)
  assert {entry["method"] for entry in entries} == {
    *("given", "reconstructed", "kept")
  }


def test_runs_that_do_not_go_together_are_refused(tmp_path):
  """By the name of what differs, before anything is written."""
  plan = _run(tmp_path)
  coarse, fine = str(plan.coarse.path), str(plan.fine.path)
  for arguments, message in (
    ((fine, fine, 8), "not the run of a LapCVAE"),
    ((coarse, coarse, 8), "not the run of a LAPGAN"),
    ((coarse, fine, 4), "joint side is 4 pixels.*can join at 16, 8"),
  ):
    with pytest.raises(errors.UserError, match=message):
      hybrid_plan.read(*arguments, str(tmp_path / "new"))
  assert not (tmp_path / "new").exists()
  with pytest.raises(errors.UserError, match="holds a run already"):
    hybrid_plan.read(coarse, fine, 8, coarse)
  with pytest.raises(errors.UserError, match="holds files but no run"):
    hybrid_plan.read(coarse, fine, 8, str(tmp_path / "pictures"))


@pytest.mark.parametrize(
  ("changes", "message"),
  [
    ({"kernel": "area"}, "kernel='haar', the fine one 'area'"),
    ({"num_classes": 3}, "class-conditional"),
  ],
)
def test_models_that_do_not_go_together_are_refused(changes, message):
  """Their images would not be each other's."""
  coarse = small_models.lapcvae_config(2, kernel="haar")
  fine = small_models.lapgan_config(
    2, **{"kernel": "haar", "standardisation": "per_channel", **changes}
  )
  with pytest.raises(ValueError, match=message):
    HybridConfig(coarse=coarse, fine=fine, joint=8)


def test_levels_that_are_not_used_need_not_agree():
  """The fine run may go on below the joint as it likes, or end there."""
  coarse = small_models.lapcvae_config(2, kernel="haar")
  fine = small_models.lapgan_config(3, kernel="haar", standardisation="none")
  fewer = dataclasses.replace(fine, levels=fine.levels[:2])
  for used in (fine, fewer):
    assert HybridConfig(coarse=coarse, fine=used, joint=8).sizes == (16, 8)


def test_levels_that_are_not_used_need_no_training(tmp_path):
  """The LAPGAN may be its finest level, trained for the LapCVAE's images."""
  plan = _run(tmp_path)
  family, parts = HybridFamily(), (plan.coarse.path, plan.fine.path)
  whole, _ = family.of_parts(plan.config, *parts)
  shutil.rmtree(plan.fine.part("level_1"))
  hybrid_run.write(plan)
  run = trained_run.load(str(plan.out.path))
  np.testing.assert_array_equal(
    run.model.sample(SEED, 2), whole.sample(SEED, 2)
  )
  shutil.rmtree(plan.fine.part("level_0"))
  with pytest.raises(errors.UserError, match="level_0.*--levels=0"):
    family.of_parts(plan.config, *parts)


def test_runs_of_both_exact_kernels_join():
  """Their coarse images are the same; each enlarges them in its own way."""
  coarse = small_models.lapcvae_config(2, kernel="haar")
  fine = small_models.lapgan_config(
    2, kernel="average_interpolation", standardisation="per_channel"
  )
  config = HybridConfig(coarse=coarse, fine=fine, joint=8)
  assert config.kernel == "average_interpolation"
