"""How images that a command draws can be written; free of TensorFlow."""

# One picture, a PNG per image in a folder, or one file of arrays.
ENDINGS = {"grid": ".png", "png": "", "npz": ".npz"}
