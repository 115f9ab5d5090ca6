"""Names that flags offer and that the rooms implement; free of TensorFlow."""

# How images can be written: one picture, a PNG per image in a folder, or one
# file of arrays; with the ending of the file.
ENDINGS = {"grid": ".png", "png": "", "npz": ".npz"}

# Ways to composite an edit, implemented in `editing.composite`.
BLENDS = ("poisson", "pyramid", "feather")

# What an edit is composited into: the photograph, or the model's reconstruction
# of it, as in the figures of LapCVAE.
BASES = ("original", "reconstruction")

# What the finer levels of an edit refine: the given coarse image itself, or the
# model's reconstruction of it, as in the paper.
REFINED = ("given", "reconstructed")
