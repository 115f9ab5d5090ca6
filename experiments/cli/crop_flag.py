"""The flag of all commands that cut a model's window from photographs."""

from absl import flags

_CROP = flags.DEFINE_enum(
  "crop",
  "square",
  ("square", "training"),
  "What is cut from an image before it is resized to the model's size: its "
  "largest centred square, or the window that the training data had.",
)


def is_training_crop() -> bool:
  """Whether to cut the training data's window."""
  return _CROP.value == "training"
