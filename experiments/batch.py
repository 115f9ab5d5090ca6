"""Samples, reconstructs, encodes or edits many images, in shards.

  python -m experiments.batch --run_dir=runs/demo --task=sample \\
    --count=100000 --shards=100 --out=samples

A shard that is finished is not done again, so that the same command goes on
where it was stopped. --shard=3/16 does one of 16, for job arrays; --engine=ray
gives them to the machines of a Ray cluster (pip install -e '.[ray]').
"""

import importlib.util

from absl import flags

from experiments.cli import crop_flag, program, shared_flags
from experiments.config.requests import batch
from experiments.config.requests.batch import BatchRequest
from experiments.runs import named_runs
from experiments.system import errors

flags.adopt_module_key_flags(crop_flag)

_RUN_DIR = shared_flags.define_run_dir()
_TASK = flags.DEFINE_enum(
  "task", None, batch.TASKS, "What to do.", required=True
)
_INPUT = flags.DEFINE_string(
  "input",
  None,
  "Folder of pictures, or of edits that the studio saved; or a text file with "
  "a path in each line.",
)
_COUNT = flags.DEFINE_integer(
  "count", BatchRequest.count, "Images that --task=sample draws."
)
_SEED = shared_flags.define_seed(
  BatchRequest.seed, "Equal seeds and blocks give equal samples."
)
_TEMPERATURE = shared_flags.define_temperature(
  BatchRequest.temperature, "LapCVAE: a factor on the noise of samples."
)
_LABELS = flags.DEFINE_list(
  "labels", [], "Class-conditional LAPGAN: classes of samples, in turns."
)
_BLOCK = flags.DEFINE_integer(
  "block", BatchRequest.block, "Images computed together.", lower_bound=1
)
_FORMAT = flags.DEFINE_enum(
  "format",
  None,
  batch.FORMATS,
  "A PNG per image, or one file per shard: npz, arrays, or parquet, a table. "
  "Default: png, of --task=encode npz.",
)
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write into, one folder per shard.", required=True
)
_SHARDS = flags.DEFINE_integer(
  "shards",
  BatchRequest.shards,
  "Parts that are finished as a whole.",
  lower_bound=1,
)
_SHARD = flags.DEFINE_string(
  "shard", None, "One part alone: i/n, the part i from 0 of n."
)
_ENGINE = flags.DEFINE_enum(
  "engine", "local", batch.ENGINES, "This process, or a Ray cluster."
)
_WORKERS = flags.DEFINE_integer(
  "workers", 1, "Ray: workers that keep the run loaded.", lower_bound=1
)
_WORKER_CPUS = flags.DEFINE_float(
  "worker_cpus", 1.0, "Ray: cores that each worker takes.", lower_bound=0.0
)
_WORKER_GPUS = flags.DEFINE_float(
  "worker_gpus", 0.0, "Ray: GPUs that each worker takes.", lower_bound=0.0
)


def main(argv):
  """Flags -> one call."""
  del argv
  shard, shards = None, _SHARDS.value
  given = shared_flags.given((_WORKERS, _WORKER_CPUS, _WORKER_GPUS))
  if given and _ENGINE.value != "ray":
    raise errors.UserError(
      f"{', '.join(given)}: this process has no workers. Add --engine=ray, or "
      "leave this out."
    )
  if _SHARD.value is not None:
    shard, shards = batch.parse_shard(_SHARD.value)
    if _SHARDS.present and _SHARDS.value != shards:
      raise errors.UserError(
        f"--shards={_SHARDS.value} and --shard={_SHARD.value} name two numbers "
        "of shards; leave out --shards."
      )
    if _ENGINE.value == "ray":
      raise errors.UserError(
        "--shard does one part here; --engine=ray does all. Leave one out."
      )
  request = BatchRequest(
    task=_TASK.value,
    input=_INPUT.value,
    count=_COUNT.value,
    seed=_SEED.value,
    temperature=_TEMPERATURE.value,
    labels=tuple(_LABELS.value),
    training_crop=crop_flag.is_training_crop(),
    block=_BLOCK.value,
    shards=shards,
    format=_FORMAT.value or batch.made_of(_TASK.value),
  )
  if _ENGINE.value == "ray":
    _require("--engine=ray", "ray", "ray")
  if request.format == "parquet":
    _require("--format=parquet", "pyarrow", "parquet")
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.batch_work import ray_engine
  from experiments.batch_work import shards as parts

  work = parts.Work.claimed(_RUN_DIR.value, request, _OUT.value)
  if _ENGINE.value == "ray":
    made = ray_engine.do(
      work, _WORKERS.value, _WORKER_CPUS.value, _WORKER_GPUS.value
    )
  else:
    made = parts.do_here(work, shard)
  left = len(work.unfinished())
  print(f"Made {made} images: {work.out}")
  print(f"Shards left to do: {left} of {shards}")


def _require(option: str, library: str, extra: str) -> None:
  if importlib.util.find_spec(library) is None:
    raise errors.UserError(
      f"{option} needs {library}, which is not installed. Run pip install -e "
      f"'.[{extra}]', or leave it out."
    )


if __name__ == "__main__":
  program.run(main)
