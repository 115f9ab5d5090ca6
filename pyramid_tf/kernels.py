"""Names of the operator pairs; see `pyramid_tf.pyramid` for what they do."""

KERNELS = ("binomial5", "area", "bilinear", "haar")


def check_kernel(kernel: str) -> None:
  """Raises ValueError unless `kernel` names an operator pair."""
  if kernel not in KERNELS:
    raise ValueError(
      f"Unknown pyramid kernel {kernel!r}; choose one of {', '.join(KERNELS)}."
    )
