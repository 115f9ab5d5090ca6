"""Retraining of M: the same job, another objective, given weights."""

import dataclasses
import functools
import os

from experiments.config import run_config
from experiments.config.environment import Environment
from experiments.families.lapcvae_task import LapCVAETask
from experiments.runs import job, run_names
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir
from experiments.training.task import Stage
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE
from lapcvae_tf.objectives import Objective


class PriorTask(LapCVAETask):
  """The `Task` that changes the prior networks M alone.

  What is fitted to the coarsest latents goes on being fitted, from its start if
  the run that gives the weights had another.
  """

  def __init__(self, source: LapCVAEConfig, config: run_config.RunConfig):
    """Creates no weights yet.

    Args:
      source: The model that gives the weights.
      config: The retraining, whose `model.sampling_prior` may be another.
    """
    super().__init__(config)
    self._source = source

  def start_from(self, directory: str | os.PathLike) -> None:
    """Takes the weights of another run's checkpoints."""
    if self._source.sampling_prior == self.model.config.sampling_prior:
      super().start_from(directory)
      return
    source = LapCVAE(self._source)
    checkpoints.restore_weights(directory, source)
    for ours, theirs in zip(
      self.model.level_models, source.level_models, strict=True
    ):
      pairs = zip(
        ours.autoencoder_weights, theirs.autoencoder_weights, strict=True
      )
      for weight, value in pairs:
        weight.assign(value)

  def stages(self) -> list[Stage]:
    """Returns one stage: the KL of every level that has an M."""
    levels = tuple(
      level.k for level in self.model.level_models if level.prior_network
    )
    steps = self._config.training.steps
    step = self._step_towards(Objective(levels, "prior"))
    return [Stage("Retraining M", steps, step)]


def retrain_prior(
  run_path: str,
  steps: int,
  learning_rate: float,
  environment: Environment,
  sampling_prior: str | None = None,
) -> None:
  """Retrains the M of a run into a new run folder.

  Args:
    run_path: The folder of the trained run.
    steps: The number of steps.
    learning_rate: The first rate of the optimizer; it decays as in the run.
    environment: Where to write, and where the data are.
    sampling_prior: What the coarsest latents are drawn from afterwards; None
      keeps the run's.

  Raises:
    UserError: If the run has no M, or the folders do not allow it.
  """
  preset, stored = RunDir(run_names.find(run_path).path).read_config()
  trained = run_config.read(stored, run_path)
  model = trained.model
  if getattr(model, "prior", None) != "learned" or model.num_levels == 1:
    raise errors.UserError(
      f"{run_path} has no M to retrain. Name a run of a LapCVAE with "
      "model.prior=learned and several levels."
    )
  # One stage with one fall of the learning rate, whatever the model's schedule.
  config = dataclasses.replace(
    trained,
    model=dataclasses.replace(
      model,
      schedule="joint",
      fine_tune_fraction=0.0,
      sampling_prior=sampling_prior or model.sampling_prior,
    ),
    training=dataclasses.replace(
      trained.training,
      steps=steps,
      learning_rate=learning_rate,
      warmup_steps=0,
    ),
  )
  job.train(
    f"{preset} with M retrained",
    config,
    dataclasses.replace(environment, init_from=run_path),
    functools.partial(PriorTask, model),
  )
