"""The signatures of an exported LapCVAE.

One SavedModel per level (`level_k`), whose default is `decode`:

  encode(band, low_pass) -> mean, log_variance
      The posterior of z_k (Equation 9). The coarsest level takes `band` alone.
  prior(coarser_mean, coarser_log_variance) -> mean, log_variance
      The prior of z_k from the re-encoded z_{k+1} (Equation 13). Where the
      prior is N(0, I): prior(count). A prior that reads the low-pass image
      takes `low_pass`, with the statistics or in their place.
  decode(latent_k, ..., latent_K) -> band
      The mean band (Equation 11); with Equation 10 decode(latent_k, low_pass),
      with both decode(latent_k, ..., latent_K, low_pass). A model with
      `consistency_steps` takes `low_pass` and the image `coarser`, x_{k+1},
      to which its band keeps. An `adversarial` level takes `low_pass` and
      `noise`, float32 `[batch, size, size, 1]` in [-1, 1], as well.

and one of all levels together (`cascade`), whose default is `reconstruct`:

  reconstruct(images) -> images
  sample(seed, count, temperature) -> images
  resample(images, fixed_from, seed, temperature) -> images
      Levels k >= fixed_from keep what `images` show, finer ones are drawn.
  sample_pixels(seed, count, temperature) -> images
      Where a level has `output='pixelcnn'`: its pixels are drawn one after the
      other. `count` is at most 64 at 32 px and 16 at 64 px, as that takes long.

`images` are float32 `[batch, size, size, 3]` in [-1, 1], clipped on the way out
and refused beyond 1.01. `band` and `low_pass` are float32 and finite; those of
true images lie in [-2, 2] and [-1, 1], generated ones may overshoot. `seed` is
int32 `[2]`, and equal seeds give equal images. `count` is an int32 scalar from
0 to 1,024, `fixed_from` one from 0 (all levels fixed) to the number of levels
(none fixed), and `temperature` a float32 scalar from 0 to 10.
"""

import os
import pathlib

import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian, from_parameters
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.model import LapCVAE
from pyramid_tf import saved_models, served_inputs
from pyramid_tf.batching import Batching, together
from pyramid_tf.served_inputs import COUNT, SEED, TEMPERATURE, Input

GenericFunction = tf.types.experimental.GenericFunction


def export_level(
  model: LapCVAE,
  k: int,
  path: str | os.PathLike,
  batching: Batching | None = None,
) -> pathlib.Path:
  """Writes level `k` of a model as a SavedModel; returns its folder.

  Args:
    model: The model.
    k: The level.
    path: Folder of the level's versions.
    batching: How calls of `encode` and `decode` run together; None runs each
      alone.
  """
  level = model.level_models[k]
  signatures = {
    "encode": _encode(level, batching),
    "prior": _prior(model, level),
    "decode": _decode(model, level, batching),
  }
  return saved_models.save(path, signatures, "decode", level.generative_weights)


def export_cascade(
  model: LapCVAE, path: str | os.PathLike, batching: Batching | None = None
) -> pathlib.Path:
  """Writes all levels of a model as one SavedModel; returns its folder.

  Args:
    model: The model.
    path: Folder of the cascade's versions.
    batching: How calls of `reconstruct` run together; None runs each alone.
  """

  def resample(images, **inputs):
    return model.resample(images, **inputs)

  signatures = reconstruct_and_sample(model, batching)
  signatures["resample"] = saved_models.signature(
    _clipped(resample),
    images=served_inputs.pictures(model.config.sizes[0]),
    fixed_from=Input((), tf.int32, 0, model.config.num_levels),
    seed=SEED,
    temperature=TEMPERATURE,
  )
  if model.config.draws_pixels:
    signatures["sample_pixels"] = pixel_signature(model)
  variables = [
    v for level in model.level_models for v in level.generative_weights
  ]
  return saved_models.save(path, signatures, "reconstruct", variables)


def pixel_signature(model: tf.keras.Model) -> GenericFunction:
  """Returns the signature `sample_pixels` of a model that draws pixels."""
  rows = _pixel_rows(model.config.sizes[0])
  return saved_models.signature(
    _clipped(model.sample_pixels),
    seed=SEED,
    count=COUNT._replace(high=rows),
    temperature=TEMPERATURE,
  )


def _pixel_rows(side: int) -> int:
  """Rows of a call that draws pixels: 64 at 32 px, 16 at 64 px."""
  return max(1, min(64, 64 * 32**2 // side**2))


def reconstruct_and_sample(
  model: tf.keras.Model, batching: Batching | None = None
) -> dict[str, GenericFunction]:
  """Returns two signatures of any model that has methods of these names.

  Args:
    model: The model.
    batching: How calls of `reconstruct` run together, if it draws nothing.
  """
  return {
    "reconstruct": saved_models.signature(
      together(_clipped(lambda images: model.reconstruct(images)), batching),
      images=served_inputs.pictures(model.config.sizes[0]),
    ),
    "sample": saved_models.signature(
      _clipped(model.sample), seed=SEED, count=COUNT, temperature=TEMPERATURE
    ),
  }


def _clipped(function):
  return lambda **inputs: {
    "images": tf.clip_by_value(function(**inputs), -1.0, 1.0)
  }


def _named(distribution: Gaussian) -> dict[str, tf.Tensor]:
  return distribution._asdict()


def _encode(level: LapCVAELevel, batching: Batching | None) -> GenericFunction:
  image = Input((None, *level.band_shape), tf.float32)
  if level.is_coarsest:
    encode = together(
      lambda band: _named(level.posterior(band, band)), batching
    )
    return saved_models.signature(encode, band=image)

  def encode_given(band, low_pass):
    return _named(level.posterior(band, low_pass))

  return saved_models.signature(
    together(encode_given, batching), band=image, low_pass=image
  )


def _prior(model: LapCVAE, level: LapCVAELevel) -> GenericFunction:
  if level.prior_network is None:
    return saved_models.signature(
      lambda count: _named(level.prior(None, count)), count=COUNT
    )
  inputs = {}
  if level.prior_sees_statistics:
    dim = model.config.levels[level.k + 1].latent_dim
    statistics = Input((None, dim), tf.float32)
    inputs |= {"coarser_mean": statistics, "coarser_log_variance": statistics}
  if level.prior_sees_low_pass:
    inputs["low_pass"] = Input((None, *level.band_shape), tf.float32)

  def prior(low_pass=None, **statistics):
    coarser = from_parameters(*statistics.values()) if statistics else None
    some = low_pass if coarser is None else coarser.mean
    return _named(level.prior(coarser, tf.shape(some)[0], low_pass))

  return saved_models.signature(prior, **inputs)


def _decode(
  model: LapCVAE, level: LapCVAELevel, batching: Batching | None
) -> GenericFunction:
  levels = range(level.k, level.k + level.decoder_latents)
  inputs = {
    f"latent_{k}": Input((None, model.config.levels[k].latent_dim), tf.float32)
    for k in levels
  }
  has_detail = level.detail is not None and not level.is_coarsest
  if level.decoder_sees_low_pass or level.consistency_steps or has_detail:
    inputs["low_pass"] = Input((None, *level.band_shape), tf.float32)
  if level.consistency_steps:
    side = model.config.sizes[level.k + 1]
    inputs["coarser"] = Input((None, side, side, 3), tf.float32)

  if level.detail is not None:
    inputs["noise"] = Input((None, *level.band_shape[:2], 1), tf.float32)

  def decode(low_pass=None, coarser=None, noise=None, **latents):
    band = level.decode(
      list(latents.values()), low_pass, coarser=coarser, noise=noise
    )
    return {"band": band}

  return saved_models.signature(together(decode, batching), **inputs)
