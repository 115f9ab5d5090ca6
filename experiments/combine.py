"""Joins coarse levels of a LapCVAE and finer levels of a LAPGAN into one run.

  python -m experiments.combine --coarse=runs/lapcvae --fine=runs/lapgan \\
    --joint=16 --out=runs/both
  python -m experiments.edit --run_dir=runs/both --image=face.png \\
    --strokes=strokes.json

Levels of both families map a low-pass image to a band. The LapCVAE encodes and
samples images up to the joint side, and the LAPGAN draws sharp detail for them.
Both have the joint among their sides, the same precision, and operators that
make the same coarse images.
"""

from absl import flags

from experiments.cli import program
from experiments.runs import hybrid_plan

_COARSE = flags.DEFINE_string(
  "coarse", None, "The LapCVAE: a run or a bundle.", required=True
)
_FINE = flags.DEFINE_string(
  "fine", None, "The LAPGAN: a run or a bundle.", required=True
)
_JOINT = flags.DEFINE_integer(
  "joint",
  None,
  "Side of the finest images that the LapCVAE makes. Default: that of the "
  "level above its coarsest.",
)
_OUT = flags.DEFINE_string(
  "out", None, "Folder of the hybrid run, new or empty.", required=True
)


def main(argv):
  """Flags -> one call."""
  del argv
  plan = hybrid_plan.read(_COARSE.value, _FINE.value, _JOINT.value, _OUT.value)
  program.load_tensorflow()
  from experiments.runs import hybrid_run

  hybrid_run.write(plan)


if __name__ == "__main__":
  program.run(main)
