"""Names of the ways to composite; `blending` has them. Free of TensorFlow."""

BLENDS = ("poisson", "pyramid", "feather")
