"""The flags of all commands that read a dataset, defined once."""

from absl import flags

DATA_DIR = flags.DEFINE_string(
  "data_dir", None, "Folder of prepared TFDS datasets. Default: TFDS's own."
)
CACHE_DIR = flags.DEFINE_string(
  "cache_dir", None, "Folder for decoded images. Default: the user's cache."
)
