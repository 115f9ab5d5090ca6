"""The images to train and test on, as a plain value.

Nothing slow is imported here, so a preset that names its data
costs nothing to import. `datasets.load` turns the value into images.
"""

import dataclasses
from typing import Any

from experiments.system import errors

TFDS_NAMES = ("faces", "celeb_a", "cifar10", "stl10")
LSUN_SCENES = (
  "bedroom",
  "bridge",
  "church_outdoor",
  "classroom",
  "conference_room",
  "dining_room",
  "kitchen",
  "living_room",
  "restaurant",
  "tower",
)
"""The LSUN classes that come with a validation split."""
MAX_SIZE = 4096
"""The largest side of images; their pyramids would fill any memory beyond."""
MIN_FACE_SIZE = 8
"""The smallest side of drawn faces; below there is no face to see."""
TRAIN_FACES = 4000
"""How many faces are drawn to train on, unless more are asked for."""

_FOLDER = "folder:"
_LSUN = "lsun/"


class DatasetUnavailable(errors.UserError):  # noqa: N818
  """The images are not on this machine, or cannot be used.

  The message says what is missing, where it should be and what to do.
  """


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataConfig:
  """A dataset and what is done to its images once, before any training.

  A square window is cut from each image and resized, with antialiasing, to
  `size` x `size`. Where both sides are equal no pixel is changed.

  Attributes:
    name: `faces` (drawn on this machine), `celeb_a`, `cifar10`, `stl10`,
      `lsun/<scene>`, or `folder:PATH` for any folder of images.
    size: The side of the images in pixels, at most `MAX_SIZE`.
    crop: The side of the square window, in pixels of the source. None takes the
      usual one: 148 for `celeb_a` (rows 40 to 187, columns 15 to 162, Larsen
      et al., 2016), the largest centred square for the others. Must be None
      for `faces`, which are drawn at `size`.
    crop_top: The first row of the window, which needs `crop`. None centres it,
      except for the 148 window of `celeb_a`, which it puts at row 40.
    crop_left: The first column of the window, which needs `crop`. None centres
      it.
    corner_crops_of: The side to which images are brought first. Training then
      takes the four corner windows of `size` and testing the centred one. None
      takes no such windows.
    holdout: The last so many training images validate in the test images'
      stead, and are not trained on; 0 validates on the test images.
    horizontal_flip: Whether training mirrors half of the images.
    train_faces: How many `faces` are drawn to train on; as many others as ever,
      those with the next numbers, are drawn for testing. Other datasets have
      the images that they have.
    train_limit: Training takes the first so many images only; None takes all.
    test_limit: Testing takes the first so many images only; None takes all.
    stream: Whether training images are decoded as they are needed instead of
      once into a cache; for datasets prepared by TFDS, when no disk holds them
      decoded. They are shuffled within files and `stream_buffer` images only.
    stream_buffer: The number of images, not decoded, among which the next is
      drawn.
    max_unreadable: More unreadable files than this in a split of a folder are
      an error; fewer are left out and named in the log. None sets no limit.
  """

  name: str = "faces"
  size: int = 64
  crop: int | None = None
  crop_top: int | None = None
  crop_left: int | None = None
  corner_crops_of: int | None = None
  holdout: int = 0
  horizontal_flip: bool = True
  train_faces: int = TRAIN_FACES
  train_limit: int | None = None
  test_limit: int | None = None
  stream: bool = False
  stream_buffer: int = 10_000
  max_unreadable: int | None = None

  def __post_init__(self):
    _check_name(self.name)
    required = ("size", "holdout", "stream_buffer", "train_faces")
    for field, smallest in (
      ("size", 1),
      ("crop", 1),
      ("crop_top", 0),
      ("crop_left", 0),
      ("train_faces", 1),
      ("train_limit", 1),
      ("test_limit", 1),
      ("corner_crops_of", self.size),
      ("holdout", 0),
      ("stream_buffer", 1),
      ("max_unreadable", 0),
    ):
      _check_integer(
        field, getattr(self, field), smallest, field not in required
      )
    if self.stored_size > MAX_SIZE:
      raise ValueError(
        f"Images have sides of at most {MAX_SIZE} pixels, got "
        f"{self.stored_size}. Choose a smaller size."
      )
    if self.name == "faces" and self.stored_size < MIN_FACE_SIZE:
      raise ValueError(
        f"faces are drawn at {MIN_FACE_SIZE} pixels or more, got size="
        f"{self.stored_size}. Choose a larger size."
      )
    if self.name != "faces" and self.train_faces != TRAIN_FACES:
      raise ValueError(
        f"train_faces={self.train_faces} says how many faces are drawn, got "
        f"name={self.name!r}. Leave it out, or set name='faces'."
      )
    if self.stream and (self.folder or self.corner_crops_of):
      raise ValueError(
        f"stream=True reads whole images of datasets prepared by TFDS, got "
        f"name={self.name!r} and corner_crops_of={self.corner_crops_of}. Use "
        "stream=False, which decodes them once into --cache_dir."
      )
    if self.stream and self.train_limit is not None:
      raise ValueError(
        f"stream=True reads all images, got train_limit={self.train_limit}. "
        "Use stream=False, or leave the limit out."
      )
    if self.crop is None:
      for field in ("crop_top", "crop_left"):
        if getattr(self, field) is not None:
          raise ValueError(
            f"{field}={getattr(self, field)} places a window of no size. Set "
            "crop to the side of the window as well."
          )
    elif self.name == "faces":
      raise ValueError(
        f"faces are drawn at {self.stored_size}x{self.stored_size} and have "
        f"nothing to crop, got crop={self.crop}. Leave crop=None and choose "
        "size."
      )

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their names."""
    return {} if self.stream else {"stream_buffer": "stream=True"}

  @property
  def stored_size(self) -> int:
    """The side of the images as decoded, before any corner windows."""
    return self.corner_crops_of or self.size

  @property
  def folder(self) -> str | None:
    """The PATH of `folder:PATH`, None for every other name."""
    if self.name.startswith(_FOLDER):
      return self.name[len(_FOLDER) :]
    return None


def _check_name(name: str) -> None:
  if name in TFDS_NAMES:
    return
  if name.startswith(_FOLDER) and len(name) > len(_FOLDER):
    return
  if name.startswith(_LSUN) and name[len(_LSUN) :] in LSUN_SCENES:
    return
  raise ValueError(
    f"{name!r} names no dataset. Use one of {', '.join(TFDS_NAMES)}, "
    f"lsun/<scene> (scenes: {', '.join(LSUN_SCENES)}), or folder:PATH for a "
    "folder of images."
  )


def _check_integer(
  field: str, value: Any, smallest: int, optional: bool
) -> None:
  if value is None and optional:
    return
  if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
    choices = f"an integer of at least {smallest}" + (
      ", or None" if optional else ""
    )
    raise ValueError(f"{field} must be {choices}, got {value!r}.")
