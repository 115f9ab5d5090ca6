"""Draws people: attributes with plausible company, from (seed, index)."""

import numpy as np

from experiments.data.faces import attributes, odds


def sample_face(seed: int, index: int) -> attributes.Face:
  """Draws the attributes of one person.

  Args:
    seed: Which population, a non-negative integer.
    index: Which member of it, a non-negative integer.

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

  def uniform(low=-1.0, high=1.0):
    return float(rng.uniform(low, high))

  def trait(spread=0.5):
    return float(np.clip(rng.normal(0.0, spread), -1.0, 1.0))

  def chance(probability):
    return bool(rng.random() < probability)

  def choose(weights):
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
    odds.HAIR_COLORS_LIGHT_SKIN if light else odds.HAIR_COLORS_DEEP_SKIN
  )
  greyed = choose({"grey": 3, "white": 1})
  if chance(max(0.0, age - 0.45) * 1.5):
    hair_color = greyed
  eye_color = choose(odds.EYES_LIGHT_SKIN if light else odds.EYES_DEEP_SKIN)
  facial_hair = choose(odds.FACIAL_HAIR)
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
  return attributes.Face(
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
    hair_style=choose(odds.HAIR_STYLES[look]),
    hair_color=hair_color,
    hair_volume=uniform(0.0, 1.0),
    hair_part=uniform(),
    fringe=choose({"none": 58, "straight": 17, "swept": 25}),
    facial_hair="none" if grown else facial_hair,
    eyewear=choose({"none": 68, "spectacles": 21, "sunglasses": 11}),
    eyewear_shape=choose(
      dict.fromkeys(attributes.CATEGORIES["eyewear_shape"], 1)
    ),
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
    clothing=choose(dict.fromkeys(attributes.CATEGORIES["clothing"], 1)),
    clothing_hue=uniform(0.0, 1.0),
    clothing_lightness=uniform(0.0, 1.0),
    background=choose(dict.fromkeys(attributes.CATEGORIES["background"], 1)),
    background_hue=uniform(0.0, 1.0),
    background_lightness=uniform(0.0, 1.0),
    texture=int(rng.integers(2**31)),
  )
