"""Models in bundles: what is loaded draws what was written."""

import json
import shutil

import h5py
import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf.model import LapCVAE
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.model import LAPGAN
from pyramid_tf import bundle_files, saved_models
from pyramid_tf.bundle_files import BundleError

_SEED = tf.constant([1, 2])


def _lapcvae():
  return small_models.lapcvae(likelihood="calibrated", target="closed_loop")


def _lapgan():
  """Its trained, averaged and served weights differ."""
  model = small_models.lapgan(num_classes=3, generator={"batch_norm": True})
  for level in model.level_models:
    for i, weight in enumerate(level.average.served):
      weight.assign(weight + 0.01 * (i + 1))
  return model


_MAKERS = {"lapcvae": _lapcvae, "lapgan": _lapgan}


def _drawn(model):
  if isinstance(model, LAPGAN):
    return model.sample_chain(_SEED, 4, tf.range(4) % 3)
  image = small_models.pictures()
  return [*model.sample_levels(_SEED, 4), *model.reconstruct_levels(image)]


@pytest.fixture(scope="module", params=_MAKERS)
def made(request, tmp_path_factory):
  """A model of each family and its bundle."""
  model = _MAKERS[request.param]()
  folder = tmp_path_factory.mktemp(request.param)
  model.write_bundle(folder, {"preset": "tiny"})
  return model, folder


@pytest.fixture
def spoilt(made, tmp_path):
  """The class of a model, and a bundle of it to be spoilt."""
  model, folder = made
  shutil.copytree(folder, tmp_path / "bundle")
  return type(model), tmp_path / "bundle"


def _changed(folder, **fields):
  path = folder / bundle_files.CONFIG
  stored = json.loads(path.read_text())
  path.write_text(json.dumps(stored | fields))


def test_a_bundle_draws_bit_for_bit_what_the_model_draws(made):
  """Running statistics, averages that are kept, and standardisation too."""
  model, folder = made
  loaded = type(model).from_bundle(folder)
  for ours, theirs in zip(_drawn(loaded), _drawn(model), strict=True):
    np.testing.assert_array_equal(ours, theirs)


def test_half_precision_draws_nearly_the_same(made, tmp_path):
  """Only kernels are rounded, statistics are not; the file is smaller."""
  model, folder = made
  model.write_bundle(tmp_path, {}, dtype="float16")
  for ours, theirs in zip(
    _drawn(type(model).from_bundle(tmp_path)), _drawn(model), strict=True
  ):
    np.testing.assert_allclose(ours, theirs, atol=5e-3)
  with h5py.File(tmp_path / bundle_files.WEIGHTS) as file:
    arrays = [file[group][name] for group in file for name in file[group]]
    for array in arrays:
      assert array.dtype == ("float16" if array.ndim in (2, 4) else "float32")
  sizes = [
    (place / bundle_files.WEIGHTS).stat().st_size
    for place in (tmp_path, folder)
  ]
  assert sizes[0] < sizes[1]


def test_what_half_precision_cannot_hold_is_not_rounded(tmp_path):
  """A weight beyond 65,504 would become infinite."""
  model = _lapcvae()
  i, kernel = next(p for p in enumerate(model.weights) if len(p[1].shape) > 1)
  kernel.assign(tf.fill(kernel.shape, 1e5))
  model.write_bundle(tmp_path, {}, dtype="float16")
  same = LapCVAE.from_bundle(tmp_path).weights[i]
  np.testing.assert_array_equal(same, kernel)


def test_a_covariance_is_not_rounded(tmp_path):
  """One that is nearly singular would have no Cholesky factor any more."""
  model = small_models.lapcvae(sampling_prior="aggregate")
  aggregate = model.level_models[-1].aggregate
  dim = aggregate.covariance.shape[0]
  aggregate.covariance.assign(np.full((dim, dim), 1.0 + 1e-4))
  model.write_bundle(tmp_path, {}, dtype="float16")
  loaded = LapCVAE.from_bundle(tmp_path).level_models[-1].aggregate
  np.testing.assert_array_equal(loaded.covariance, aggregate.covariance)


def test_a_mixture_of_latents_is_not_rounded(tmp_path):
  """Its covariances are differences of products and means."""
  model = small_models.lapcvae(sampling_prior="mixture")
  mixture = model.level_models[-1].aggregate
  mixture.products.assign(mixture.products * (1.0 + 1e-4))
  model.write_bundle(tmp_path, {}, dtype="float16")
  loaded = LapCVAE.from_bundle(tmp_path).level_models[-1].aggregate
  for ours, theirs in zip(loaded.weights, mixture.weights, strict=True):
    np.testing.assert_array_equal(ours, theirs)


def test_all_weights_of_a_lapcvae_are_in_its_bundle():
  """None that lies outside of the levels is forgotten."""
  model = _lapcvae()
  bundled = [w for group in model.bundled_weights().values() for w in group]
  assert {id(w) for w in bundled} == {id(w) for w in model.weights}
  assert any("noise_variance" in w.path for w in bundled)


def test_a_lapgan_keeps_what_drawing_needs_alone(tmp_path):
  """No D, and every set of G's weights is the one that was served."""
  _lapgan().write_bundle(tmp_path, {})
  model = LAPGAN.from_bundle(tmp_path)
  with h5py.File(tmp_path / bundle_files.WEIGHTS) as file:
    assert set(file) == {"standardisation", "level_0", "level_1"}
  low_pass = small_models.pictures()
  for level in model.level_models:
    assert level.discriminator is None
    sets = level.average.served, level.average.now, level.average.trained
    for served, now, trained in zip(*sets, strict=True):
      np.testing.assert_array_equal(now, served)
      np.testing.assert_array_equal(trained, served)
    with pytest.raises(ValueError, match="it has no discriminator"):
      level.discriminate(low_pass, low_pass, tf.range(4) % 3)
    with pytest.raises(ValueError, match="it has no discriminator"):
      level.compile(*(tf.keras.optimizers.Adam() for _ in range(2)))


def test_a_lapgan_of_a_bundle_is_exported_and_saved_as_others_are(tmp_path):
  """Its levels do not judge; a Keras file of it has no D either."""
  from lapgan_tf import export

  small_models.lapgan().write_bundle(tmp_path, {})
  model = LAPGAN.from_bundle(tmp_path)
  export.export_level(model.level_models[0], tmp_path / "level_0")
  assert "discriminate" not in saved_models.load(tmp_path / "level_0")
  model.save(tmp_path / "model.keras")
  loaded = tf.keras.models.load_model(tmp_path / "model.keras")
  assert loaded.level_models[0].discriminator is None
  drawn = loaded.sample(_SEED, 2), model.sample(_SEED, 2)
  np.testing.assert_array_equal(*drawn)


def test_a_bundle_computes_in_the_precision_of_its_model(tmp_path):
  """Whatever the policy is when it is loaded; the policy stays."""
  tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
  try:
    model = _lapcvae()
  finally:
    tf.keras.mixed_precision.set_global_policy("float32")
  model.write_bundle(tmp_path, {})
  loaded = LapCVAE.from_bundle(tmp_path)
  assert tf.keras.mixed_precision.global_policy().name == "float32"
  assert loaded.level_models[0].dtype_policy.name == "mixed_bfloat16"
  np.testing.assert_array_equal(loaded.sample(_SEED, 2), model.sample(_SEED, 2))


def test_an_unknown_dtype_is_refused(tmp_path):
  """Before anything is written."""
  with pytest.raises(ValueError, match="'int8': use one of float32, float16"):
    _lapcvae().write_bundle(tmp_path, {}, dtype="int8")
  assert not list(tmp_path.iterdir())


def test_a_bundle_of_the_other_family_is_named(spoilt):
  """With the class that loads it."""
  model_class, folder = spoilt
  other = LAPGAN if model_class is LapCVAE else LapCVAE
  name = model_class.__name__
  with pytest.raises(BundleError, match=f"holds a {name}.*{name}.from_bundle"):
    other.from_bundle(folder)


@pytest.mark.parametrize(
  "content", [b"", b"version https://git-lfs.github.com/spec/v1\n", None]
)
def test_weights_that_are_not_there_are_missed(spoilt, content):
  """Also where a pointer of Git LFS, or nothing at all, stands for them."""
  model_class, folder = spoilt
  path = folder / bundle_files.WEIGHTS
  if content is None:
    path.unlink()
  else:
    path.write_bytes(content)
  with pytest.raises(BundleError, match="Fetch or make the bundle again") as e:
    model_class.from_bundle(folder)
  assert str(path) in str(e.value) and bundle_files.is_bundle(folder)


@pytest.mark.parametrize("change", ["cut", "flipped"])
def test_damaged_weights_are_named(spoilt, change):
  """Truncated, or a byte of them another: no wrong images are drawn."""
  model_class, folder = spoilt
  path = folder / bundle_files.WEIGHTS
  content = bytearray(path.read_bytes())
  if change == "cut":
    del content[len(content) // 2 :]
  else:
    content[-9] ^= 1
  path.write_bytes(content)
  with pytest.raises(BundleError, match="is damaged .it is not the file"):
    model_class.from_bundle(folder)


def test_weights_of_another_model_are_named(spoilt, tmp_path):
  """Even if the configuration was changed to say that they belong to it."""
  model_class, folder = spoilt
  one_level = (
    small_models.lapcvae if model_class is LapCVAE else small_models.lapgan
  )(1)
  (tmp_path / "other").mkdir()
  one_level.write_bundle(tmp_path / "other", {})
  other = json.loads((tmp_path / "other" / bundle_files.CONFIG).read_text())
  shutil.copy(tmp_path / "other" / bundle_files.WEIGHTS, folder)
  with pytest.raises(BundleError, match="it is not the file"):
    model_class.from_bundle(folder)
  _changed(folder, weights=other["weights"])
  with pytest.raises(BundleError, match=r"level_\S+ is"):
    model_class.from_bundle(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"bundle_version": 1}'])
def test_a_damaged_configuration_is_named(spoilt, text):
  """In one message that has the file."""
  model_class, folder = spoilt
  path = folder / bundle_files.CONFIG
  path.write_text(text)
  with pytest.raises(BundleError, match="config.json is damaged"):
    model_class.from_bundle(folder)


def test_what_is_no_bundle_is_named(spoilt):
  """The config.json of something else, or none."""
  model_class, folder = spoilt
  (folder / bundle_files.CONFIG).write_text('{"architectures": ["Other"]}')
  with pytest.raises(BundleError, match="has no bundle_version"):
    model_class.from_bundle(folder)
  with pytest.raises(BundleError, match="nothing holds no bundle"):
    model_class.from_bundle(folder / "nothing")
  assert not bundle_files.is_bundle(folder / "nothing")


def test_other_versions_are_named(spoilt):
  """The layout may be newer, or the model's configuration."""
  model_class, folder = spoilt
  for fields in (
    {"model": {"levels": [], "newer": 1}},
    {"precision": "float12"},
  ):
    _changed(folder, **fields)
    with pytest.raises(BundleError, match="or of another version"):
      model_class.from_bundle(folder)
  _changed(folder, bundle_version=2)
  with pytest.raises(BundleError, match="of version 2.*reads version 1"):
    model_class.from_bundle(folder)


def test_the_configuration_is_plain_and_has_the_facts_given(made):
  """It names family, precision and the dtype of the weights."""
  model, folder = made
  stored = bundle_files.read_config(folder)
  assert stored["family"] == type(model).__name__
  assert (stored["preset"], stored["precision"]) == ("tiny", "float32")
  assert stored["weights"]["dtype"] == "float32"
  is_lapgan = isinstance(model.config, LAPGANConfig)
  assert ("num_classes" in stored["model"]) == is_lapgan
