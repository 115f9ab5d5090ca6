#!/usr/bin/env bash
# The levels of a LAPGAN, each on a machine of its own, as a SLURM job array:
#
#   sbatch --array=0-2 experiments/clusters/slurm_levels.sh lapgan_cifar10 runs/cifar10
#
# Further arguments go to experiments.train. The run folder must be on a file
# system that all nodes share. Levels need nothing of each other, unless they
# learn from what coarser ones draw (generated_low_pass); whichever ends last
# joins them, exports the cascade and measures its samples.
#SBATCH --gpus=1
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
set -euo pipefail

preset=$1 run_dir=$2
shift 2
exec python -m experiments.train --config="$preset" --run_dir="$run_dir" \
  --levels="$SLURM_ARRAY_TASK_ID" --resume "$@"
