"""Edits a photograph: paint it coarsely, or select a region, and draw detail.

  python -m experiments.edit --run_dir=runs/demo --image=face.png \
    --strokes=strokes.json --count=4
  python -m experiments.edit --run_dir=runs/demo --image=face.png \
    --mask=region.png --level=1

Painting (--paint: an image with transparency; --strokes: a JSON list of
strokes) changes the coarse image of --level, from which finer detail is drawn
(Figure 1 of LapCVAE). A region alone (--mask, white where to change) keeps that
coarse image (Figure 9). The region is composited back; nothing outside of it
changes.
"""

from absl import flags

from experiments.cli import crop_flag, edit_flags, program, shared_flags
from experiments.config import choices
from experiments.config.requests.edit import EditRequest
from experiments.runs import named_runs

flags.adopt_module_key_flags(crop_flag)
flags.adopt_module_key_flags(edit_flags)
flags.mark_flag_as_required("image")

_RUN_DIR = shared_flags.define_run_dir()
_COUNT = flags.DEFINE_integer(
  "count", EditRequest.count, "Variations.", lower_bound=1
)
_SEED = shared_flags.define_seed(
  EditRequest.seed, "Equal seeds give equal edits."
)
_ONTO = flags.DEFINE_enum(
  "onto",
  EditRequest.onto,
  choices.BASES,
  "What to composite the region into; the paper's figures have the "
  "reconstruction.",
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder to write into. Default: in the run's edits, under a name that says "
  "what was done.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  request = EditRequest(
    **edit_flags.values(),
    count=_COUNT.value,
    seed=_SEED.value,
    onto=_ONTO.value,
  )
  from experiments.editing import material

  read = material.read(request)
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.editing import job

  job.edit_file(_RUN_DIR.value, read, request, _OUT.value)


if __name__ == "__main__":
  program.run(main)
