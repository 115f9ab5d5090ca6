"""Retrains the priors M of a trained run, with everything else kept.

  python -m experiments.retrain_prior --run_dir=runs/demo --out_dir=runs/demo_m

After convergence this makes samples sharper (Dorta et al., 2017, Section 5.1.3
and Figure 7). Minimises the KL terms alone; every other weight stays as it is,
so reconstructions do not change. The result is a run folder of its own.

  python -m experiments.retrain_prior --run_dir=runs/demo \
    --out_dir=runs/demo_mixture --sampling_prior=mixture

also fits what the coarsest latents are drawn from to those of the training
images.
"""

from absl import flags

from experiments.cli import data_flags, program
from experiments.runs import named_runs

flags.adopt_module_key_flags(data_flags)

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of a training.", required=True
)
_OUT_DIR = flags.DEFINE_string(
  "out_dir", None, "Folder of the new run.", required=True
)
_STEPS = flags.DEFINE_integer(
  "steps", 2000, "Steps of retraining.", lower_bound=1
)
_LEARNING_RATE = flags.DEFINE_float(
  "learning_rate",
  1e-3,
  "The first rate of the optimizer, which decays as the run's did.",
  lower_bound=1e-8,
)
_SAMPLING_PRIOR = flags.DEFINE_enum(
  "sampling_prior",
  None,
  ["prior", "aggregate", "mixture"],
  "What the coarsest latents are drawn from: N(0, I), or a Gaussian or a "
  "mixture of Gaussians that is fitted to those of the training images. "
  "Default: as in the run.",
)
_RESUME = flags.DEFINE_bool(
  "resume", False, "Continues a retraining in --out_dir."
)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.config.environment import Environment
  from experiments.runs import retrained_prior

  retrained_prior.retrain_prior(
    _RUN_DIR.value,
    steps=_STEPS.value,
    learning_rate=_LEARNING_RATE.value,
    environment=Environment(
      run_dir=_OUT_DIR.value,
      data_dir=data_flags.DATA_DIR.value,
      cache_dir=data_flags.CACHE_DIR.value,
      resume=_RESUME.value,
    ),
    sampling_prior=_SAMPLING_PRIOR.value,
  )


if __name__ == "__main__":
  program.run(main)
