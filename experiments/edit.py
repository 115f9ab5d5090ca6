"""Edits a photograph: paint it coarsely, or select a region, and draw detail.

  python -m experiments.edit --run_dir=runs/demo --image=face.png \
    --strokes=strokes.json --count=4
  python -m experiments.edit --run_dir=runs/demo --image=face.png \
    --mask=region.png --level=1

Painting (--paint: an image with transparency; --strokes: a JSON list of
strokes) changes the coarse image of --level, from which finer detail is drawn
(Figure 1 of LapCVAE). A region alone (--mask, white where to change) keeps that
coarse image (Figure 9). The region is composited back; nothing outside of it
changes.
"""

from absl import flags

from experiments import command_line, crop_flag
from experiments.harness import blends, errors

flags.adopt_module_key_flags(crop_flag)

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of a training of a LapCVAE.", required=True
)
_IMAGE = flags.DEFINE_string("image", None, "The photograph.", required=True)
_PAINT = flags.DEFINE_string(
  "paint",
  None,
  "Painting with transparency, of the size of the image or of the level.",
)
_STROKES = flags.DEFINE_string(
  "strokes",
  None,
  'JSON list of {"color", "width", "points"} in pixels of the image.',
)
_MASK = flags.DEFINE_string(
  "mask", None, "Region to change, white on black. Default: what is painted."
)
_LEVEL = flags.DEFINE_integer(
  "level", None, "Coarse level that is painted or kept. Default: the coarsest."
)
_COUNT = flags.DEFINE_integer("count", 4, "Variations.", lower_bound=1)
_SEED = flags.DEFINE_integer(
  "seed", 0, "Equal seeds give equal edits.", lower_bound=0
)
_TEMPERATURE = flags.DEFINE_float(
  "temperature", 1.0, "Scale of the noise; 0 gives prior means.", lower_bound=0
)
_FIT = flags.DEFINE_bool(
  "fit",
  False,
  "Of a painting: draws detail that also goes with the image around it. Takes "
  "longer; not in the paper.",
)
_BLEND = flags.DEFINE_enum(
  "blend", "poisson", blends.BLENDS, "How to composite."
)
_ONTO = flags.DEFINE_enum(
  "onto",
  "original",
  ["original", "reconstruction"],
  "What to composite the region into; the paper's figures have the "
  "reconstruction.",
)
_BOX = flags.DEFINE_list(
  "box", None, "What the model sees: LEFT,TOP,SIDE in pixels of the image."
)
_OUT = flags.DEFINE_string("out", "edits", "Folder to write into.")


def main(argv):
  """Flags -> one call."""
  del argv
  box = None
  if _BOX.value is not None:
    try:
      left, top, side = (int(number) for number in _BOX.value)
    except ValueError as error:
      raise errors.UserError(
        f"--box takes LEFT,TOP,SIDE, three integers; got "
        f"{','.join(_BOX.value)}."
      ) from error
    box = (left, top, side)
  command_line.load_tensorflow()
  from experiments import editing

  editing.edit_file(
    _RUN_DIR.value,
    editing.Options(
      image=_IMAGE.value,
      paint=_PAINT.value,
      strokes=_STROKES.value,
      mask=_MASK.value,
      level=_LEVEL.value,
      count=_COUNT.value,
      seed=_SEED.value,
      temperature=_TEMPERATURE.value,
      fit=_FIT.value,
      blend=_BLEND.value,
      onto=_ONTO.value,
      training_crop=crop_flag.is_training_crop(),
      box=box,
    ),
    _OUT.value,
  )


if __name__ == "__main__":
  command_line.run(main)
