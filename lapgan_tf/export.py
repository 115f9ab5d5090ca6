"""The signatures of an exported LAPGAN.

One SavedModel per level (`level_k`), whose default is `generate`:

  generate(low_pass, seed) -> band
      h~_k with fresh noise (Equation 5). The coarsest level takes the number of
      images in place of a low-pass image: generate(count, seed).
  discriminate(band, low_pass) -> logit, probability
      What D_k thinks of it; the coarsest level takes `band` alone.

and one of all levels together (`cascade`):

  sample(seed, count) -> images
  standardise(images) -> standardised
  to_images(standardised) -> images
      Between images of the finest level and a level's units.

Class-conditional models take `label`, int32 `[batch]`, beside these; `sample`
takes `labels`, `[count]` or one for all. A level's tensors are float32 in the
standardised units of its pyramid; `images` are float32 in [-1, 1], clipped;
`seed` is int32 `[2]`, and equal seeds give equal images.
"""

import os
import pathlib

import tensorflow as tf

from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN
from pyramid_tf import cascade, saved_models, served_inputs

_SEED = ((2,), tf.int32)
_COUNT = ((), tf.int32)
_LABEL = ((None,), tf.int32)


def export_level(level: LAPGANLevel, path: str | os.PathLike) -> pathlib.Path:
  """Writes one level as a SavedModel; returns its folder."""
  signatures = {
    "generate": _generate(level),
    "discriminate": _discriminate(level),
  }
  return saved_models.save(path, signatures, "generate", level.served_variables)


def export_cascade(model: LAPGAN, path: str | os.PathLike) -> pathlib.Path:
  """Writes the cascade of all levels as a SavedModel; returns its folder."""

  def sample(seed, count, labels=None):
    labels = _known("labels", labels, model.config)
    if labels is not None:
      labels = tf.broadcast_to(labels, [count])
    drawn = model.sample(seed, count, labels)
    return {"images": tf.clip_by_value(drawn, -1.0, 1.0)}

  inputs = {"seed": _SEED, "count": _COUNT}
  if model.config.num_classes:
    inputs["labels"] = _LABEL
  generators = [w for m in model.level_models for w in m.generator_variables]
  return saved_models.save(
    path,
    {
      "sample": saved_models.signature(sample, **inputs),
      "standardise": saved_models.signature(
        lambda images: {"standardised": model.standardisation(images)},
        images=_image(model.level_models[0]),
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


def _generate(level):
  inputs = {"seed": _SEED}
  if level.config.num_classes:
    inputs["label"] = _LABEL

  def refine(low_pass, seed, label=None):
    label = _known("label", label, level.config)
    return {"band": level.generate(low_pass, seed, label)}

  if not level.is_coarsest:
    return saved_models.signature(refine, low_pass=_image(level), **inputs)

  def generate(count, seed, label=None):
    label = _known("label", label, level.config)
    if label is not None:
      label = tf.broadcast_to(label, [count])
    low_pass = cascade.no_low_pass(count, level.size)
    return {"band": level.generate(low_pass, seed, label)}

  return saved_models.signature(generate, count=_COUNT, **inputs)


def _discriminate(level):
  inputs = {"band": _image(level)}
  if not level.is_coarsest:
    inputs["low_pass"] = _image(level)
  if level.config.num_classes:
    inputs["label"] = _LABEL

  def discriminate(band, low_pass=None, label=None):
    if low_pass is None:
      low_pass = tf.zeros_like(band)
    label = _known("label", label, level.config)
    logit = level.discriminate(band, low_pass, label)
    return {"logit": logit, "probability": tf.sigmoid(logit)}

  return saved_models.signature(discriminate, **inputs)


def _known(name, label, config):
  """Labels, refused unless they are of classes there are; None as it is."""
  if label is None:
    return None
  return served_inputs.require(
    label,
    (label >= 0) & (label < config.num_classes),
    f"{name} must be 0 to {config.num_classes - 1}",
  )


def _image(level):
  return ((None, level.size, level.size, 3), tf.float32)
