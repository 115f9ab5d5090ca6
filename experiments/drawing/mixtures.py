"""Latent interpolation and swaps between two images."""

from collections.abc import Sequence

import tensorflow as tf

from experiments.drawing import image_files, reconstructions
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images

_SIDE = 96


def interpolate(
  run_path: str,
  paths: Sequence[str],
  steps: int,
  training_crop: bool,
  out: str,
) -> None:
  """Draws rows of mixtures of two images and says where.

  Args:
    run_path: The folder of a run whose model encodes images.
    paths: Two files, or a folder of which the first two images are taken.
    steps: Images from one to the other.
    training_crop: Whether to cut the training data's window.
    out: PNG to write.

  Raises:
    UserError: If there are no two images, or the file cannot be written.
  """
  run = trained_run.load(run_path, encodes=True)
  target = image_files.claimed(out, "grid", {})
  _, pixels = reconstructions.read_images(paths, run.config.data, training_crop)
  if len(pixels) < 2:
    raise errors.UserError("Mixing takes two images, got one.")
  pair = images.from_uint8(pixels[:2])
  rows = {
    name.replace(", ", "\n"): _row(run.model.decode(latents))
    for name, latents in mixtures(run.model.encode(pair), steps).items()
  }
  rows = {"inputs": grids.grid([pixels[:2]], side=_SIDE), **rows}
  title = f"Mixtures of two images\n{run.run_dir.path.name} ({run.preset})"
  image_files.write_sheet(target, rows, title)


def mixtures(
  latents: list[tf.Tensor], steps: int
) -> dict[str, list[tf.Tensor]]:
  """Returns what to decode, by name.

  Args:
    latents: z_0, ..., z_K of two images, `[2, latent_dim_k]`.
    steps: Length of an interpolation.

  Returns:
    Latents by name. `coarse` are the coarser half of the levels, `fine` the
    rest; a swap `k` has levels k to K of one image and finer ones of the other,
    for every k, the first image's coarse levels first.
  """
  levels = len(latents)
  way = tf.linspace(0.0, 1.0, steps)[:, None]

  def mixed(moving):
    return [
      z[:1] + (way if k in moving else 0.0 * way) * (z[1:] - z[:1])
      for k, z in enumerate(latents)
    ]

  half = (levels + 1) // 2
  latents_by_name = {"all levels": mixed(range(levels))}
  if levels == 1:
    return latents_by_name
  latents_by_name["coarse levels, move"] = mixed(range(half, levels))
  latents_by_name["fine levels, move"] = mixed(range(half))
  last = levels - 1
  for k in range(1, levels):
    coarse = f"level {k}" if k == last else f"levels {k} to {last}"
    latents_by_name[f"{coarse}, swapped"] = [
      z if level >= k else z[::-1] for level, z in enumerate(latents)
    ]
  return latents_by_name


def _row(decoded):
  return grids.grid([images.to_uint8(decoded).numpy()], side=_SIDE)
