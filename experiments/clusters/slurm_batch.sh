#!/usr/bin/env bash
# Batch work as a SLURM job array, a shard in each task:
#
#   sbatch --array=0-15 experiments/clusters/slurm_batch.sh runs/demo \
#     --task=sample --count=100000 --out=samples
#
# Further arguments go to experiments.batch. The folders must be on a file system
# that all nodes share. A task that is lost starts its shard again; the same
# command does what is left.
#SBATCH --gpus=1
#SBATCH --requeue
set -euo pipefail

run_dir=$1
shift
exec python -m experiments.batch --run_dir="$run_dir" \
  --shard="$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN))/$SLURM_ARRAY_TASK_COUNT" "$@"
