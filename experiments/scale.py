"""Measures what several worker processes cost, on this machine.

  python -m experiments.scale --preset=lapcvae_demo --workers=1,2,4

The workers share the global batch of the preset, over loopback, so on a machine
of few cores the figures show overhead, not speed-up: what a step takes longer
than one process needs for the same batch, and what it costs to add up all
gradients. Prints a Markdown table, the efficiency to expect of many machines,
and writes scaling.json.
"""

from absl import flags

from experiments.cli import program
from experiments.config import presets
from experiments.system import errors

_PRESET = flags.DEFINE_string(
  "preset", "lapcvae_demo", "Preset to measure; see experiments.train."
)
_SET = flags.DEFINE_multi_string(
  "set", [], "Changes one field of the preset, as experiments.train's."
)
_WORKERS = flags.DEFINE_list(
  "workers", ["1", "2", "4"], "Numbers of processes."
)
_STEPS = flags.DEFINE_integer(
  "steps", 30, "Steps to time, after three.", lower_bound=3
)
_OUT = flags.DEFINE_string("out", None, "Folder for scaling.json.")
_WORKER = flags.DEFINE_bool(
  "worker", False, "Measures as one worker of TF_CONFIG; used by this command."
)


def main(argv):
  """Flags -> one call."""
  del argv
  strange = [n for n in _WORKERS.value if not n.isdecimal() or int(n) < 1]
  if strange:
    raise errors.UserError(
      f"--workers={','.join(_WORKERS.value)}: {strange[0]} is no number of "
      "processes; name some, such as 1,2,4."
    )
  presets.configured(_PRESET.value, _SET.value, flag="preset")
  program.load_tensorflow()
  from experiments.performance import worker_costs, worker_steps

  if _WORKER.value:
    worker_steps.measure(_PRESET.value, _SET.value, _STEPS.value)
    return
  worker_costs.measure(
    _PRESET.value,
    _SET.value,
    [int(count) for count in _WORKERS.value],
    _STEPS.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
