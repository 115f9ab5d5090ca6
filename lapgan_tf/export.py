"""The signatures of an exported LAPGAN.

One SavedModel per level (`level_k`), whose default is `generate`:

  generate(low_pass, seed) -> band
      h~_k with fresh noise (Equation 5). The coarsest level takes the number of
      images in place of a low-pass image: generate(count, seed).
  render(low_pass, noise) -> band
      The same with z_k as it is given, uniform in [-1, 1], `[batch, size,
      size, 1]` or `[batch, noise_dim]`: for runtimes without TensorFlow's
      random numbers. The coarsest level takes `noise` alone. A level that was
      trained with noise on coarse images takes that as well, standard normal:
      `coarse_noise`, `[batch, size / 2, size / 2, 3]`.
  discriminate(band, low_pass) -> logit, probability
      What D_k thinks of it; the coarsest level takes `band` alone. A level
      that only draws does not have it.

and one of all levels together (`cascade`):

  sample(seed, count) -> images
  standardise(images) -> standardised
  to_images(standardised) -> images
      Between images of the finest level and a level's units.

Class-conditional models take `label`, int32 `[batch]`, beside these; `sample`
takes `labels`, `[count]` or one for all. A level's tensors are float32 in the
standardised units of its pyramid; `images` are float32 in [-1, 1], clipped on
the way out and refused beyond 1.01; `seed` is int32 `[2]`, and equal seeds give
equal images; `count` is an int32 scalar from 0 to 1,024.
"""

import os
import pathlib

import tensorflow as tf

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN
from pyramid_tf import cascade, saved_models, served_inputs
from pyramid_tf.batching import Batching, together
from pyramid_tf.served_inputs import COUNT, SEED, Input

GenericFunction = tf.types.experimental.GenericFunction


def export_level(
  level: LAPGANLevel,
  path: str | os.PathLike,
  batching: Batching | None = None,
) -> pathlib.Path:
  """Writes one level as a SavedModel; returns its folder.

  Args:
    level: The level.
    path: Folder of its versions.
    batching: How calls run together; None runs each alone.
  """
  signatures = {
    "generate": _generate(level, batching),
    "render": _render(level, batching),
  }
  if level.discriminator is not None:
    signatures["discriminate"] = _discriminate(level, batching)
  return saved_models.save(path, signatures, "generate", level.served_variables)


def export_cascade(
  model: LAPGAN, path: str | os.PathLike, batching: Batching | None = None
) -> pathlib.Path:
  """Writes the cascade of all levels as a SavedModel; returns its folder.

  Args:
    model: The model.
    path: Folder of the cascade's versions.
    batching: Taken as by every export; a cascade's `sample` draws the noise of
      all rows at once, so that each call runs alone.
  """
  del batching

  def sample(seed, count, labels=None):
    if labels is not None:
      labels = tf.broadcast_to(labels, [count])
    drawn = model.sample(seed, count, labels)
    return {"images": tf.clip_by_value(drawn, -1.0, 1.0)}

  inputs = {"seed": SEED, "count": COUNT, **_labels("labels", model.config)}
  generators = [w for m in model.level_models for w in m.generator_variables]
  return saved_models.save(
    path,
    {
      "sample": saved_models.signature(sample, **inputs),
      "standardise": saved_models.signature(
        lambda images: {"standardised": model.standardisation(images)},
        images=served_inputs.pictures(model.config.sizes[0]),
      ),
      "to_images": saved_models.signature(
        lambda standardised: {
          "images": tf.clip_by_value(
            model.standardisation.to_image(standardised), -1.0, 1.0
          )
        },
        standardised=_image(model.level_models[0]),
      ),
    },
    "sample",
    [*generators, *model.standardisation.weights],
  )


def _generate(level: LAPGANLevel, batching: Batching | None) -> GenericFunction:
  inputs = {"seed": SEED, **_labels("label", level.config)}
  # Noise is drawn by each call, as a row's depends on its place in the call.
  render = together(lambda **d: {"band": level.band_of(**d)}, batching)

  def refine(low_pass, seed, label=None):
    return render(**level.drawn(low_pass, seed, label))

  if not level.is_coarsest:
    return saved_models.signature(refine, low_pass=_image(level), **inputs)

  def generate(count, seed, label=None):
    if label is not None:
      label = tf.broadcast_to(label, [count])
    return refine(cascade.no_low_pass(count, level.size), seed, label)

  return saved_models.signature(generate, count=COUNT, **inputs)


def _render(level: LAPGANLevel, batching: Batching | None) -> GenericFunction:
  inputs = {"noise": Input((None, *level.noise_shape), tf.float32)}
  if not level.is_coarsest:
    inputs = {"low_pass": _image(level), **inputs}
  if level.coarse_noise_shape is not None:
    shape = (None, *level.coarse_noise_shape)
    inputs["coarse_noise"] = Input(shape, tf.float32)
  inputs |= _labels("label", level.config)

  def render(noise, low_pass=None, **others):
    if low_pass is None:
      low_pass = cascade.no_low_pass(tf.shape(noise)[0], level.size)
    return {"band": level.band_of(**level.given(low_pass, noise, **others))}

  return saved_models.signature(together(render, batching), **inputs)


def _discriminate(
  level: LAPGANLevel, batching: Batching | None
) -> GenericFunction:
  inputs = {"band": _image(level)}
  if not level.is_coarsest:
    inputs["low_pass"] = _image(level)
  inputs |= _labels("label", level.config)

  def discriminate(band, low_pass=None, label=None):
    if low_pass is None:
      low_pass = tf.zeros_like(band)
    logit = level.discriminate(band, low_pass, label)
    return {"logit": logit, "probability": tf.sigmoid(logit)}

  return saved_models.signature(together(discriminate, batching), **inputs)


def _labels(name: str, config: LAPGANConfig) -> dict[str, Input]:
  """Returns the input of labels by name; nothing without classes."""
  if not config.num_classes:
    return {}
  return {name: Input((None,), tf.int32, 0, config.num_classes - 1)}


def _image(level: LAPGANLevel) -> Input:
  return Input((None, level.size, level.size, 3), tf.float32)
