"""Relative odds of the categories, for `population`."""

HAIR_STYLES = {
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
FACIAL_HAIR = {
  "none": 50,
  "stubble": 17,
  "moustache": 6,
  "goatee": 9,
  "beard": 18,
}
HAIR_COLORS_LIGHT_SKIN = {
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
HAIR_COLORS_DEEP_SKIN = {
  "black": 55,
  "dark_brown": 33,
  "brown": 5,
  "auburn": 3,
  "platinum": 2,
  "pink": 1,
  "teal": 1,
}
EYES_LIGHT_SKIN = {
  "brown": 22,
  "dark_brown": 8,
  "hazel": 16,
  "green": 17,
  "blue": 25,
  "grey": 12,
}
EYES_DEEP_SKIN = {"brown": 30, "dark_brown": 58, "hazel": 9, "green": 3}
