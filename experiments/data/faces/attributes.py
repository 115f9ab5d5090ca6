"""What a procedural face is: its attributes and how they are drawn.

Conventions, used without repeating them by every module of this package:

  * Lengths are in half frames: the picture spans [-1, 1] in x (rightwards) and
    in y (downwards). Left and right are the viewer's.
  * Numbers "in [-1, 1]" run between the two extremes of a trait, zero being the
    average.
  * Colours are sRGB triples in [0, 1].

A face is a pure function of (seed, index). All its attributes are drawn whether
or not they show, so that changing one attribute with `dataclasses.replace`
leaves every other trait of the person as it was.
"""

import dataclasses

CATEGORIES = {
  "eye_color": ("brown", "dark_brown", "hazel", "green", "blue", "grey"),
  "lipstick": ("none", "rose", "red", "plum"),
  "hair_style": (
    "bald",
    "buzz",
    "receding",
    "short",
    "quiff",
    "curly",
    "afro",
    "bob",
    "long",
    "wavy",
    "bun",
    "ponytail",
  ),
  "hair_color": (
    "black",
    "dark_brown",
    "brown",
    "auburn",
    "red",
    "blonde",
    "platinum",
    "grey",
    "white",
    "pink",
    "teal",
  ),
  "fringe": ("none", "straight", "swept"),
  "facial_hair": ("none", "stubble", "moustache", "goatee", "beard"),
  "eyewear": ("none", "spectacles", "sunglasses"),
  "eyewear_shape": ("round", "square", "aviator", "cat_eye"),
  "eyewear_color": ("black", "tortoise", "gold", "silver", "red", "navy"),
  "headwear": ("none", "beanie", "headband", "headscarf"),
  "earrings": ("none", "studs", "hoops"),
  "clothing": ("crew", "v_neck", "collar", "turtleneck"),
  "background": ("plain", "gradient", "two_tone", "bokeh", "window"),
}
"""The names each categorical attribute may take, in label order."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Face:
  """Everything `renderer.render` needs to know about one picture.

  Attributes:
    yaw: Head turn in [-1, 1]; positive looks to the right, 1 is about 30 deg.
    pitch: Nod in [-1, 1]; positive looks down.
    roll: Tilt in radians, positive clockwise.
    scale: Size of the head; at 1 it is about half the frame wide.
    shift_x: Rightward displacement of the head, half frames.
    shift_y: Downward displacement of the head, half frames.
    light_azimuth: Radians from the front, positive from the right.
    light_elevation: Radians above the horizon.
    light_warmth: Colour of the light in [-1, 1], bluish to golden.
    light_contrast: Depth of the shadows in [0, 1].
    skin_tone: In [0, 1], lightest to deepest.
    undertone: In [-1, 1], rosy to olive.
    blush: Redness of the cheeks in [0, 1].
    freckles: Strength in [0, 1]; zero is none.
    age: Lines of the face in [0, 1].
    face_width: In [-1, 1], narrow to wide.
    jaw: In [-1, 1], pointed to square.
    chin: In [-1, 1], short to long.
    ear_size: In [-1, 1].
    eye_color: Colour of the iris.
    eye_size: In [-1, 1].
    eye_openness: In [-1, 1], narrowed to wide.
    eye_spacing: In [-1, 1], close to far.
    eye_tilt: In [-1, 1]; positive raises the outer corners.
    gaze_x: In [-1, 1], to the right of the head's own direction.
    gaze_y: In [-1, 1], downwards.
    brow_thickness: In [-1, 1].
    brow_arch: In [-1, 1], flat to arched.
    brow_height: In [-1, 1], low to raised.
    brow_tilt: In [-1, 1]; positive lowers the inner ends (stern).
    nose_width: In [-1, 1].
    nose_length: In [-1, 1].
    mouth_width: In [-1, 1].
    lip_fullness: In [-1, 1].
    smile: In [-1, 1]; negative frowns.
    mouth_open: In [0, 1]; teeth show between the lips.
    lipstick: Lip colour.
    lashes: Length of the lashes in [0, 1].
    hair_style: Cut.
    hair_color: Colour of hair, brows and beard.
    hair_volume: In [0, 1].
    hair_part: Where the hair parts, in [-1, 1].
    fringe: What falls over the forehead.
    facial_hair: Beard style.
    eyewear: What is worn over the eyes.
    eyewear_shape: Shape of the lenses, if worn.
    eyewear_color: Colour of the frame, if worn.
    headwear: What is worn on the head.
    earrings: What is worn on the ears.
    clothing: Neckline.
    clothing_hue: In [0, 1) around the colour circle.
    clothing_lightness: In [0, 1].
    background: What is behind the person.
    background_hue: In [0, 1) around the colour circle.
    background_lightness: In [0, 1].
    texture: Seed of strands, freckles and lights in the background.
  """

  yaw: float
  pitch: float
  roll: float
  scale: float
  shift_x: float
  shift_y: float
  light_azimuth: float
  light_elevation: float
  light_warmth: float
  light_contrast: float
  skin_tone: float
  undertone: float
  blush: float
  freckles: float
  age: float
  face_width: float
  jaw: float
  chin: float
  ear_size: float
  eye_color: str
  eye_size: float
  eye_openness: float
  eye_spacing: float
  eye_tilt: float
  gaze_x: float
  gaze_y: float
  brow_thickness: float
  brow_arch: float
  brow_height: float
  brow_tilt: float
  nose_width: float
  nose_length: float
  mouth_width: float
  lip_fullness: float
  smile: float
  mouth_open: float
  lipstick: str
  lashes: float
  hair_style: str
  hair_color: str
  hair_volume: float
  hair_part: float
  fringe: str
  facial_hair: str
  eyewear: str
  eyewear_shape: str
  eyewear_color: str
  headwear: str
  earrings: str
  clothing: str
  clothing_hue: float
  clothing_lightness: float
  background: str
  background_hue: float
  background_lightness: float
  texture: int

  def __post_init__(self):
    for name, choices in CATEGORIES.items():
      value = getattr(self, name)
      if value not in choices:
        raise ValueError(
          f"{name}={value!r} is no category of a face; use one of "
          f"{', '.join(choices)}."
        )
