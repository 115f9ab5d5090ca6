"""Names of the operator pairs, which `pyramid_tf.pyramid` explains."""

from collections.abc import Sequence

# Those whose d is the block mean, and for which d(u(x)) = x.
EXACT_KERNELS = ("haar", "average_interpolation")

KERNELS = ("binomial5", "area", *EXACT_KERNELS)


def check_kernel(kernel: str) -> None:
  """Raises ValueError unless `kernel` names an operator pair."""
  if kernel not in KERNELS:
    raise ValueError(
      f"Unknown pyramid kernel {kernel!r}; choose one of {', '.join(KERNELS)}."
    )


def equal_downsampling(kernel: str, other: str) -> bool:
  """Returns whether both are sure to make the same coarse images."""
  return kernel == other or {kernel, other} <= set(EXACT_KERNELS)


def check_sizes(kernel: str, sizes: Sequence[int]) -> None:
  """Raises ValueError unless the operators lead from size to size.

  Args:
    kernel: Name of an operator pair.
    sizes: Sides of the levels, finest first.
  """
  check_kernel(kernel)
  for fine, coarse in zip(sizes, sizes[1:], strict=False):
    if fine <= coarse:
      raise ValueError(
        f"Levels are listed finest first and shrink, got sizes {tuple(sizes)}."
      )
    if kernel in EXACT_KERNELS and fine % coarse:
      raise ValueError(
        f"kernel={kernel!r} needs whole ratios of sizes, got {fine} and "
        f"{coarse}; use another kernel or other sizes."
      )
