"""The SavedModel of a two-level PixelVAE (`cascade`).

Its signatures are three of those of a LapCVAE's cascade (`lapcvae_tf.export`):
`reconstruct`, the default, and `sample` return mean images, `sample_pixels`
drawn ones.
"""

import os
import pathlib

from lapcvae_tf import export
from lapcvae_tf.pixel_vae import PixelVAE
from pyramid_tf import saved_models
from pyramid_tf.batching import Batching


def export_cascade(
  model: PixelVAE, path: str | os.PathLike, batching: Batching | None = None
) -> pathlib.Path:
  """Writes a model as a SavedModel; returns its folder.

  Args:
    model: The model.
    path: Folder of the model's versions.
    batching: How calls of `reconstruct` run together; None runs each alone.
  """
  signatures = export.reconstruct_and_sample(model, batching)
  signatures["sample_pixels"] = export.pixel_signature(model)
  variables = model.level.weights
  return saved_models.save(path, signatures, "reconstruct", variables)
