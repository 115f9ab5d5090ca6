"""Which kinds of operations a profile's time went to."""

import collections
import os
import pathlib
import re

from tensorflow.tsl.profiler.protobuf import xplane_pb2

# A kernel's event is called after its node and the kind of its operation.
_KERNEL = re.compile(r"[^:]+:([A-Za-z_]\w*)")

# These contain the events of what they call.
_CALLS = ("PartitionedCall", "StatefulPartitionedCall", "XlaRun")


def shares(folder: str | os.PathLike) -> dict[str, float]:
  """Returns each kind's share of the kernels' time, the largest first.

  Args:
    folder: A folder that `tf.profiler.experimental` has written.

  Raises:
    ValueError: If it holds no profile.
  """
  files = sorted(pathlib.Path(folder).glob("plugins/profile/*/*.xplane.pb"))
  if not files:
    raise ValueError(f"{folder} holds no profile; write one first.")
  space = xplane_pb2.XSpace.FromString(files[-1].read_bytes())
  times = collections.Counter()
  for plane in space.planes:
    for line in plane.lines:
      for event in line.events:
        kernel = _KERNEL.fullmatch(plane.event_metadata[event.metadata_id].name)
        if kernel and kernel[1] not in _CALLS:
          times[kernel[1]] += event.duration_ps
  total = sum(times.values())
  return {kind: time / total for kind, time in times.most_common()}
