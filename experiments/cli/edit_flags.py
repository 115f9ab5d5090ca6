"""The flags of all commands that edit a photograph, defined once."""

from absl import flags

from experiments.cli import crop_flag
from experiments.config import choices
from experiments.system import errors

_IMAGE = flags.DEFINE_string("image", None, "The photograph.")
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
_TEMPERATURE = flags.DEFINE_float(
  "temperature", 1.0, "Scale of the noise; 0 gives prior means.", lower_bound=0
)
_FIT = flags.DEFINE_bool(
  "fit",
  False,
  "Of a painting: draws detail that also goes with the image around it. Takes "
  "longer; not in the paper.",
)
_KEEP_COARSE = flags.DEFINE_bool(
  "keep_coarse",
  False,
  "Takes of what is drawn only the bands finer than the level; with "
  "--blend=feather, colours then are those of the painting, or of the image. "
  "Not in the paper.",
)
_BLEND = flags.DEFINE_enum(
  "blend", "poisson", choices.BLENDS, "How to composite."
)
_BOX = flags.DEFINE_list(
  "box", None, "What the model sees: LEFT,TOP,SIDE in pixels of the image."
)


def values() -> dict:
  """The flags as arguments of `editing.Options`.

  Raises:
    UserError: If --box is not three integers.
  """
  return {
    "image": _IMAGE.value,
    "paint": _PAINT.value,
    "strokes": _STROKES.value,
    "mask": _MASK.value,
    "level": _LEVEL.value,
    "temperature": _TEMPERATURE.value,
    "fit": _FIT.value,
    "keep_coarse": _KEEP_COARSE.value,
    "blend": _BLEND.value,
    "training_crop": crop_flag.is_training_crop(),
    "box": _box(),
  }


def given() -> list[str]:
  """Names of those that the command line sets."""
  own = flags.FLAGS.get_flags_for_module(__name__)
  crop = flags.FLAGS.get_flags_for_module(crop_flag.__name__)
  return [f"--{flag.name}" for flag in (*own, *crop) if flag.present]


def _box():
  if _BOX.value is None:
    return None
  try:
    left, top, side = (int(number) for number in _BOX.value)
  except ValueError as error:
    raise errors.UserError(
      f"--box takes LEFT,TOP,SIDE, three integers; got {','.join(_BOX.value)}."
    ) from error
  return left, top, side
