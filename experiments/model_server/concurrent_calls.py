"""What lets calls of one signature run at the same time."""

import tensorflow as tf


def compute_sums_apart() -> None:
  """Keeps the graph optimizer from fusing a sum with a convolution before it.

  With oneDNN, the kernel of such a pair keeps the other summand in itself
  while it runs. Calls that run at the same time share the kernel, and end the
  process by a segmentation fault, once in some thousands. Apart from that the
  pairs gain nothing that could be measured. This holds for all functions that
  the process runs for the first time afterwards.
  """
  tf.config.optimizer.set_experimental_options({"remapping": False})
