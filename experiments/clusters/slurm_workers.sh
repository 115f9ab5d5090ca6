#!/usr/bin/env bash
# One training on several machines of a SLURM cluster:
#
#   sbatch --nodes=4 experiments/clusters/slurm_workers.sh lapcvae_celeba64 runs/celeba64
#
# Further arguments go to experiments.train. The run folder must be on a file
# system that all nodes share. When a worker is lost all of them end, and SLURM
# starts the job again, which goes on from the last checkpoint.
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --requeue
#SBATCH --signal=TERM@120
set -euo pipefail

preset=$1 run_dir=$2
shift 2
hosts=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | paste -sd,)
export hosts

# shellcheck disable=SC2016
srun --kill-on-bad-exit=1 bash -c '
  export TF_CONFIG="$(python -m experiments.tf_config \
    --hosts="$hosts" --index="$SLURM_PROCID")"
  exec python -m experiments.train --strategy=multi_worker --resume "$@"
' worker --config="$preset" --run_dir="$run_dir" "$@" || {
  status=$?
  scontrol requeue "$SLURM_JOB_ID"
  exit $status
}
