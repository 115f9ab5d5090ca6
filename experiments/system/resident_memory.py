"""What a process has in memory."""

import os


def megabytes(process: int | None = None) -> float | None:
  """Returns the resident memory of a process, MB of 2**20 bytes.

  Args:
    process: Its number; None for this one.

  Returns:
    None where the system has no /proc.

  Raises:
    OSError: If there is no such process.
  """
  if not os.path.isdir("/proc/self"):
    return None
  folder = "self" if process is None else process
  with open(f"/proc/{folder}/statm", encoding="ascii") as file:
    pages = int(file.read().split()[1])
  return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def whole_megabytes(process: int | None = None) -> int | None:
  """Returns `megabytes` of a process, rounded, for files of results."""
  memory = megabytes(process)
  return None if memory is None else round(memory)
