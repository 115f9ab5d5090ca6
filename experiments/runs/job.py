"""One training, of whichever family the configuration is."""

from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.runs import lapcvae_training, lapgan_training
from lapgan_tf.configs import LAPGANConfig


def run(preset: str, config: RunConfig, environment: Environment) -> None:
  """Trains, exports and reports.

  Args:
    preset: Name for config.json.
    config: The run.
    environment: Where and on what.

  Raises:
    UserError: If the run directory, the data or the devices do not allow it,
      or the training diverges or is interrupted.
  """
  if isinstance(config.model, LAPGANConfig):
    lapgan_training.run(preset, config, environment)
    return
  lapcvae_training.run(preset, config, environment)
