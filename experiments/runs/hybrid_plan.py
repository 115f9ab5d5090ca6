"""What two trained runs make together, checked without TensorFlow."""

import dataclasses

from experiments.config import run_config
from experiments.config.hybrid_config import HybridConfig
from experiments.config.run_config import RunConfig
from experiments.runs import run_names
from experiments.runs.bundle_folder import BundleFolder
from experiments.system import errors
from experiments.training.run_dir import RunDir
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig


@dataclasses.dataclass(frozen=True)
class HybridPlan:
  """Two runs or bundles, and the run that they make.

  Attributes:
    coarse: The folder of the LapCVAE.
    fine: The folder of the LAPGAN.
    config: The configuration of the hybrid run.
    out: Its folder.
  """

  coarse: RunDir | BundleFolder
  fine: RunDir | BundleFolder
  config: RunConfig
  out: RunDir


def read(coarse: str, fine: str, joint: int | None, out: str) -> HybridPlan:
  """Checks that two runs go together, and that the folder is free.

  Args:
    coarse: The run or bundle of a LapCVAE, as `run_names.find` names it.
    fine: The run or bundle of a LAPGAN.
    joint: The side at which they join; None for the level above the coarsest.
    out: The folder of the hybrid run.

  Raises:
    UserError: If one is no run of its family, they do not go together, or the
      folder holds files.
  """
  folders, configs = [], []
  for flag, path, kind in (
    ("coarse", coarse, LapCVAEConfig),
    ("fine", fine, LAPGANConfig),
  ):
    folder = run_names.find(path)
    _, stored = folder.read_config()
    config = run_config.read(stored, folder.path)
    if type(config.model) is not kind:
      name = {LapCVAEConfig: "LapCVAE", LAPGANConfig: "LAPGAN"}[kind]
      raise errors.UserError(f"--{flag}={path} is not the run of a {name}.")
    folders.append(folder)
    configs.append(config)
  lower, upper = configs
  if joint is None:
    joint = lower.model.sizes[-2:][0]
  if lower.training.precision != upper.training.precision:
    raise errors.UserError(
      f"The coarse run computes in {lower.training.precision}, the fine one in "
      f"{upper.training.precision}. Join runs of the same precision."
    )
  try:
    config = RunConfig(
      model=HybridConfig(coarse=lower.model, fine=upper.model, joint=joint),
      data=upper.data,
      training=dataclasses.replace(upper.training, level_steps=()),
    )
  except ValueError as error:
    raise errors.UserError(f"--coarse={coarse} --fine={fine}: {error}") from (
      error
    )
  made = RunDir(out)
  if made.is_run:
    raise errors.UserError(
      f"--out={out} holds a run already. Choose an empty or new folder."
    )
  made.check("hybrid", config, resume=False)
  return HybridPlan(*folders, config, made)
