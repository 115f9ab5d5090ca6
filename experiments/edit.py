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

  python -m experiments.edit --run_dir=runs/demo --edit=edit.json

An edit that the studio saved is made again, with the same pixels.
"""

from absl import flags

from experiments.cli import crop_flag, edit_flags, program, shared_flags
from experiments.config.requests.edit import EditRequest
from experiments.runs import named_runs
from experiments.system import errors

flags.adopt_module_key_flags(crop_flag)
flags.adopt_module_key_flags(edit_flags)

_RUN_DIR = shared_flags.define_run_dir()
_COUNT = flags.DEFINE_integer(
  "count", EditRequest.count, "Variations.", lower_bound=1
)
_SEED = shared_flags.define_seed(
  EditRequest.seed, "Equal seeds give equal edits."
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder to write into. Default: in the run's edits, under a name that says "
  "what was done.",
)
_EDIT = flags.DEFINE_string(
  "edit",
  None,
  "JSON file of an edit that the studio saved, in place of all other options "
  "but --run_dir and --out.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  if _EDIT.value is not None:
    _make_again(_EDIT.value)
    return
  request = EditRequest(
    **edit_flags.values(),
    count=_COUNT.value,
    seed=_SEED.value,
  )
  from experiments.editing import material

  read = material.read(request)
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.editing import job

  job.edit_file(_RUN_DIR.value, read, request, _OUT.value)


def _make_again(path):
  others = edit_flags.given() + shared_flags.given((_COUNT, _SEED))
  if others:
    raise errors.UserError(
      f"--edit names a whole edit; leave out {', '.join(others)}."
    )
  from experiments.editing import edit_file

  edit, content = edit_file.read(path)
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.editing import replay

  replay.make_again(_RUN_DIR.value, edit, content, path, _OUT.value)


if __name__ == "__main__":
  program.run(main)
