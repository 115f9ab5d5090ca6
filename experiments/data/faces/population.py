"""Draws people: attributes with plausible company, from (seed, index)."""

import numpy as np

from experiments.data.faces.attributes import CATEGORIES, Face

# Relative odds of the categories.
_HAIR_STYLES = {
  "cropped": {
    "bald": 5,
    "buzz": 10,
    "receding": 8,
    "short": 26,
    "quiff": 20,
    "curly": 14,
    "afro": 7,
    "bob": 2,
    "long": 3,
    "bun": 2,
    "wavy": 3,
  },
  "grown": {
    "bald": 1,
    "buzz": 2,
    "short": 7,
    "quiff": 3,
    "curly": 10,
    "afro": 9,
    "bob": 16,
    "long": 18,
    "wavy": 18,
    "bun": 9,
    "ponytail": 9,
  },
}
_FACIAL_HAIR = {
  "none": 50,
  "stubble": 17,
  "moustache": 6,
  "goatee": 9,
  "beard": 18,
}
_HAIR_COLORS_LIGHT_SKIN = {
  "black": 8,
  "dark_brown": 18,
  "brown": 24,
  "auburn": 10,
  "red": 9,
  "blonde": 20,
  "platinum": 6,
  "pink": 2,
  "teal": 2,
}
_HAIR_COLORS_DEEP_SKIN = {
  "black": 55,
  "dark_brown": 33,
  "brown": 5,
  "auburn": 3,
  "platinum": 2,
  "pink": 1,
  "teal": 1,
}
_EYES_LIGHT_SKIN = {
  "brown": 22,
  "dark_brown": 8,
  "hazel": 16,
  "green": 17,
  "blue": 25,
  "grey": 12,
}
_EYES_DEEP_SKIN = {"brown": 30, "dark_brown": 58, "hazel": 9, "green": 3}


def sample_face(seed: int, index: int) -> Face:
  """Draws the attributes of one person.

  Args:
    seed: A non-negative integer that selects the population.
    index: A non-negative integer that selects a member of it.

  Returns:
    The same face for the same arguments, whatever was drawn before.

  Raises:
    ValueError: If an argument is negative.
  """
  if seed < 0 or index < 0:
    raise ValueError(
      "A face is named by two non-negative integers, got "
      f"seed={seed}, index={index}. Use 0 or more for both."
    )
  rng = np.random.default_rng([seed, index])

  def uniform(low: float = -1.0, high: float = 1.0) -> float:
    return float(rng.uniform(low, high))

  def trait(spread: float = 0.5) -> float:
    return float(np.clip(rng.normal(0.0, spread), -1.0, 1.0))

  def chance(probability: float) -> bool:
    return bool(rng.random() < probability)

  def choose(weights: dict[str, float]) -> str:
    names = list(weights)
    weights = np.array([weights[name] for name in names], np.float64)
    return str(rng.choice(names, p=weights / weights.sum()))

  # Two broad looks make attributes keep likely company; they are none
  # themselves.
  look = "grown" if chance(0.52) else "cropped"
  grown = look == "grown"
  age = uniform(0.0, 1.0) ** 1.5
  skin_tone = uniform(0.0, 1.0)
  light = skin_tone < uniform(0.38, 0.62)

  hair_color = choose(
    _HAIR_COLORS_LIGHT_SKIN if light else _HAIR_COLORS_DEEP_SKIN
  )
  greyed = choose({"grey": 3, "white": 1})
  if chance(max(0.0, age - 0.45) * 1.5):
    hair_color = greyed
  eye_color = choose(_EYES_LIGHT_SKIN if light else _EYES_DEEP_SKIN)
  facial_hair = choose(_FACIAL_HAIR)
  lipstick = choose({"none": 45, "rose": 30, "red": 15, "plum": 10})
  smile = float(np.clip(rng.normal(0.45, 0.40), -0.4, 1.0))
  opening = uniform(0.0, 1.0)
  lashes = uniform(0.0, 1.0)
  side = 1.0 if chance(0.5) else -1.0
  freckles = uniform(0.3, 1.0)
  headwear = choose({"beanie": 45, "headband": 25, "headscarf": 30})
  wears_headwear = chance(0.11)
  if not grown and headwear != "beanie":
    wears_headwear = False
  return Face(
    yaw=trait(0.42),
    pitch=trait(0.4),
    roll=float(np.clip(rng.normal(0.0, 0.06), -0.16, 0.16)),
    scale=uniform(1.06, 1.22),
    shift_x=uniform(-0.05, 0.05),
    shift_y=uniform(-0.01, 0.06),
    light_azimuth=side * uniform(0.15, 1.05),
    light_elevation=uniform(0.25, 0.95),
    light_warmth=trait(0.5),
    light_contrast=uniform(0.25, 0.85),
    skin_tone=skin_tone,
    undertone=trait(0.5),
    blush=uniform(0.0, 1.0),
    freckles=freckles if chance(0.3 if light else 0.06) else 0.0,
    age=age,
    face_width=trait(0.5),
    jaw=float(np.clip(rng.normal(-0.3 if grown else 0.35, 0.4), -1.0, 1.0)),
    chin=trait(0.45),
    ear_size=trait(0.5),
    eye_color=eye_color,
    eye_size=float(np.clip(rng.normal(0.3 if grown else -0.1, 0.4), -1.0, 1.0)),
    eye_openness=trait(0.45),
    eye_spacing=trait(0.45),
    eye_tilt=trait(0.5),
    gaze_x=trait(0.4),
    gaze_y=trait(0.25),
    brow_thickness=float(
      np.clip(rng.normal(-0.25 if grown else 0.3, 0.4), -1.0, 1.0)
    ),
    brow_arch=trait(0.5),
    brow_height=trait(0.5),
    brow_tilt=trait(0.3),
    nose_width=trait(0.5),
    nose_length=trait(0.5),
    mouth_width=trait(0.5),
    lip_fullness=trait(0.5),
    smile=smile,
    mouth_open=max(0.0, opening - 0.45) / 0.55 if smile > 0.1 else 0.0,
    lipstick=lipstick if grown else "none",
    lashes=0.35 + 0.65 * lashes if grown else 0.3 * lashes,
    hair_style=choose(_HAIR_STYLES[look]),
    hair_color=hair_color,
    hair_volume=uniform(0.0, 1.0),
    hair_part=uniform(),
    fringe=choose({"none": 58, "straight": 17, "swept": 25}),
    facial_hair="none" if grown else facial_hair,
    eyewear=choose({"none": 68, "spectacles": 21, "sunglasses": 11}),
    eyewear_shape=choose(dict.fromkeys(CATEGORIES["eyewear_shape"], 1)),
    eyewear_color=choose(
      {
        "black": 35,
        "tortoise": 22,
        "gold": 14,
        "silver": 11,
        "red": 9,
        "navy": 9,
      }
    ),
    headwear=headwear if wears_headwear else "none",
    earrings=choose({"none": 50, "studs": 28, "hoops": 22})
    if grown
    else "none",
    clothing=choose(dict.fromkeys(CATEGORIES["clothing"], 1)),
    clothing_hue=uniform(0.0, 1.0),
    clothing_lightness=uniform(0.0, 1.0),
    background=choose(dict.fromkeys(CATEGORIES["background"], 1)),
    background_hue=uniform(0.0, 1.0),
    background_lightness=uniform(0.0, 1.0),
    texture=int(rng.integers(2**31)),
  )
