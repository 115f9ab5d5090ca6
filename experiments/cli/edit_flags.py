"""The flags of all commands that edit a photograph, defined once."""

from absl import flags

from experiments.cli import crop_flag, shared_flags
from experiments.config import choices
from experiments.config.requests.edit import EditRequest
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
  "level",
  EditRequest.level,
  "Coarse level that is painted or kept. Default: the coarsest.",
)
_TEMPERATURE = shared_flags.define_temperature(
  EditRequest.temperature, "A factor on the noise; 0 gives prior means."
)
_BASE = flags.DEFINE_enum(
  "base",
  EditRequest.base,
  choices.REFINED,
  "The coarse image that finer levels refine: the given one itself, or the "
  "model's reconstruction of it, as in the paper.",
)
_FIT = flags.DEFINE_bool(
  "fit",
  EditRequest.fit,
  "Draws detail for a painting that also goes with the image around it. Takes "
  "longer; not in the paper.",
)
_KEEP_COARSE = flags.DEFINE_bool(
  "keep_coarse",
  EditRequest.keep_coarse,
  "Takes of what is drawn only the bands finer than the level; with "
  "--blend=feather, colours then are those of the painting, or of the image. "
  "Not in the paper.",
)
_BLEND = flags.DEFINE_enum(
  "blend", EditRequest.blend, choices.BLENDS, "How to composite."
)
_ONTO = flags.DEFINE_enum(
  "onto",
  EditRequest.onto,
  choices.BASES,
  "What to composite the region into; the paper's figures have the "
  "reconstruction.",
)
_BOX = flags.DEFINE_list(
  "box",
  EditRequest.box,
  "What the model sees: LEFT,TOP,SIDE in pixels of the image, in place of "
  "--crop.",
)


def values() -> dict:
  """Returns the flags as arguments of `EditRequest`.

  Raises:
    UserError: If --box is not three integers, or --crop is given as well.
  """
  return {
    "image": _IMAGE.value,
    "paint": _PAINT.value,
    "strokes": _STROKES.value,
    "mask": _MASK.value,
    "level": _LEVEL.value,
    "temperature": _TEMPERATURE.value,
    "base": _BASE.value,
    "fit": _FIT.value,
    "keep_coarse": _KEEP_COARSE.value,
    "blend": _BLEND.value,
    "onto": _ONTO.value,
    "training_crop": crop_flag.is_training_crop(),
    "box": _box(),
  }


def given() -> list[str]:
  """Returns the names of those that the command line sets."""
  own = flags.FLAGS.get_flags_for_module(__name__)
  crop = flags.FLAGS.get_flags_for_module(crop_flag.__name__)
  return shared_flags.given((*own, *crop))


def _box() -> tuple[int, int, int] | None:
  if _BOX.value is None:
    return None
  if flags.FLAGS["crop"].present:
    raise errors.UserError(
      "--box and --crop both say what the model sees; give one of them."
    )
  try:
    left, top, side = (int(number) for number in _BOX.value)
  except ValueError as error:
    raise errors.UserError(
      f"--box takes LEFT,TOP,SIDE, three integers; got {','.join(_BOX.value)}."
    ) from error
  return left, top, side
