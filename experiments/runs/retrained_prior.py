"""Retraining of M: the same harness, another objective, given weights."""

import dataclasses

from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.families.lapcvae_task import LapCVAEExperiment
from experiments.runs import lapcvae_training, trained_run
from experiments.system import errors
from experiments.training.task import Stage
from lapcvae_tf.model import TrainingStage


class RetrainPriorExperiment(LapCVAEExperiment):
  """An `Experiment` that starts from a trained model and changes M alone."""

  def __init__(self, config: RunConfig, trained: trained_run.TrainedRun):
    """Creates no weights yet; `trained` supplies them in `build`."""
    super().__init__(config)
    self._trained = trained

  def build(self) -> None:
    """Creates the model with the trained weights, and an optimizer for M."""
    super().build()
    self.model.set_weights(self._trained.model.get_weights())

  def stages(self) -> list[Stage]:
    """One stage: the KL of every level that has an M."""
    levels = tuple(
      level.k for level in self.model.level_models if level.prior_network
    )
    stage = TrainingStage(levels, "prior")
    steps = self._config.training.steps
    return [Stage("Retraining M", steps, self._step_of(stage))]


def retrain_prior(
  run_path: str,
  steps: int,
  learning_rate: float,
  environment: Environment,
) -> None:
  """Retrains the M of a run into a new run folder.

  Args:
    run_path: Folder of the trained run.
    steps: Steps of retraining.
    learning_rate: Of Adam, decayed to zero.
    environment: Where to write, and where the data are.

  Raises:
    UserError: If the run has no M, or the folders do not allow it.
  """
  trained = trained_run.load_lapcvae(run_path)
  model = trained.config.model
  if model.prior != "learned" or model.num_levels == 1:
    raise errors.UserError(
      f"{run_path} has no M to retrain: its priors are N(0, I). Use a run "
      "trained with model.prior=learned and several levels."
    )
  # One stage with one fall of the learning rate, whatever the model's schedule.
  config = dataclasses.replace(
    trained.config,
    model=dataclasses.replace(model, schedule="joint", fine_tune_fraction=0.0),
    training=dataclasses.replace(
      trained.config.training,
      steps=steps,
      learning_rate=learning_rate,
      warmup_steps=0,
    ),
  )
  lapcvae_training.run(
    f"{trained.preset} with M retrained",
    config,
    environment,
    RetrainPriorExperiment(config, trained),
  )
