"""Measures speed: training, input, sampling, serving.

  python -m experiments.benchmark --out=results

Prints a Markdown table and writes benchmark.json, with the rates that the
machine itself reaches beside. Every preset runs in a process of its own, on
images of noise in memory, so nothing is downloaded. FLOPs are counted by
formula: products and convolutions of the training step, gradients included.
Compare figures of one run only.
"""

from absl import flags

from experiments.cli import program
from experiments.config import presets
from experiments.config.requests.benchmark import BenchmarkRequest

_PRESETS = flags.DEFINE_list(
  "presets", list(BenchmarkRequest.presets), "Presets to measure."
)
_SET = flags.DEFINE_multi_string(
  "set",
  list(BenchmarkRequest.assignments),
  "Changes one field of every preset, as experiments.train's.",
)
_SECONDS = flags.DEFINE_float(
  "seconds",
  BenchmarkRequest.seconds,
  "Time to spend on each figure.",
  lower_bound=0.1,
)
_LONG_STEPS = flags.DEFINE_integer(
  "long_steps",
  BenchmarkRequest.long_steps,
  "Also compares the first and last tenth of so many steps, and memory.",
  lower_bound=0,
)
_PROFILE = flags.DEFINE_string(
  "profile",
  BenchmarkRequest.profile,
  "Folder to keep profiles of ten steps in, for TensorBoard.",
)
_OUT = flags.DEFINE_string("out", None, "Folder for benchmark.json.")
_WORKER = flags.DEFINE_string(
  "worker", None, "Measures one preset and prints JSON; used by this command."
)


def main(argv):
  """Flags -> one call."""
  del argv
  worker = _WORKER.value
  request = BenchmarkRequest(
    presets=tuple(_PRESETS.value) if worker is None else (worker,),
    assignments=tuple(_SET.value),
    seconds=_SECONDS.value,
    long_steps=_LONG_STEPS.value,
    profile=_PROFILE.value,
  )
  for name in request.presets:
    # A mistyped name or assignment is refused before anything is measured.
    presets.configured(name, request.assignments)
  program.load_tensorflow()
  from experiments.performance import preset_speed, throughput

  if worker is not None:
    preset_speed.measure(worker, request)
  else:
    throughput.measure_all(request, _OUT.value)


if __name__ == "__main__":
  program.run(main)
