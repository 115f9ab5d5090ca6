"""Runs the human studies of both papers as a page on this machine.

  python -m experiments.study --kind=real_or_generated \
    --run_dirs=runs/lapgan,runs/gan --out=study.sqlite
  python -m experiments.study --kind=which_is_better \
    --run_dirs=runs/vae,runs/lapcvae --out=pairs.sqlite
  python -m experiments.study --out=study.sqlite
  python -m experiments.study --out=study.sqlite --csv=answers.csv

real_or_generated  images of several runs and real ones, shown for a short time
                   (LAPGAN, Figure 6)
which_is_better    reconstructions of test images by two runs (LapCVAE, Table 2)

Makes the file of the study, unless it is there, and serves it until Ctrl+C. The
file holds images and answers and needs no run any more: the third command goes
on with a study, the last one exports it. experiments.figures --study analyses
it.
"""

import os

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.config.requests.study import KINDS, StudyRequest
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)

_KIND = flags.DEFINE_enum("kind", None, KINDS, "Which study.")
_RUN_DIRS = shared_flags.define_paths(
  "run_dirs",
  f"Folders of trainings, for a new study. {shared_flags.BUNDLES_TOO}",
)
_OUT = flags.DEFINE_string("out", None, "File of the study.", required=True)
_DURATIONS = flags.DEFINE_list(
  "durations",
  [str(ms) for ms in StudyRequest.durations],
  "Presentation times in milliseconds.",
)
_REPEATS = flags.DEFINE_integer(
  "repeats",
  StudyRequest.repeats,
  "Images of each source that a person sees for each duration.",
  lower_bound=1,
)
_PRACTICE = flags.DEFINE_integer(
  "practice",
  StudyRequest.practice,
  "Trials that come before and do not count.",
  lower_bound=0,
)
_PAIRS = flags.DEFINE_integer(
  "pairs",
  StudyRequest.pairs,
  "Pairs that a person judges with the original, and as many without it.",
  lower_bound=1,
)
_MAX_PARTICIPANTS = flags.DEFINE_integer(
  "max_participants",
  StudyRequest.max_participants,
  "How many people may take part.",
  lower_bound=1,
)
_SIMULATE = flags.DEFINE_integer(
  "simulate",
  StudyRequest.simulated,
  "Lets the page answer for so many participants by itself, at random; every "
  "output says so. 0 is for people.",
  lower_bound=0,
)
_SEED = shared_flags.define_seed(
  StudyRequest.seed, "Selects images, orders and sides."
)
_PORT = flags.DEFINE_integer(
  "port",
  8765,
  "Port of the address, by which browsers keep a place in a study; 0 for any.",
  lower_bound=0,
  upper_bound=65535,
)
_CSV = flags.DEFINE_string(
  "csv", None, "Writes all answers to this file, in place of serving."
)
_OF_KIND = {
  "real_or_generated": (_DURATIONS, _REPEATS, _PRACTICE),
  "which_is_better": (_PAIRS,),
}
_NEW_STUDY = (_KIND, _DURATIONS, _REPEATS, _PRACTICE, _PAIRS, _SEED)
_NEW_STUDY += (_MAX_PARTICIPANTS, _SIMULATE)


def main(argv):
  """Flags -> one call."""
  del argv
  from experiments.human_studies import csv_export, service, study_file

  out = os.path.expanduser(_OUT.value)
  run_dirs = shared_flags.paths(_RUN_DIRS.value)
  given = shared_flags.given(_NEW_STUDY)
  if given and not run_dirs:
    raise errors.UserError(
      f"{', '.join(given)}: a study keeps what it was made with. Name the "
      "trainings of a new one in --run_dirs, or leave this out."
    )
  if _CSV.value is not None:
    if run_dirs:
      raise errors.UserError("--csv exports a study; leave out --run_dirs.")
    csv_export.write(study_file.StudyFile(out), _CSV.value)
    return
  service.check_installed()
  if run_dirs:
    request = _request()
    program.load_tensorflow()
    from experiments.human_studies import material

    material.prepare(
      out,
      run_dirs,
      request,
      data_flags.DATA_DIR.value,
      data_flags.CACHE_DIR.value,
    )
  service.serve(out, _PORT.value)


def _request() -> StudyRequest:
  if _KIND.value is None:
    raise errors.UserError(
      f"A new study needs --kind={' or --kind='.join(KINDS)}."
    )
  for kind, own in _OF_KIND.items():
    given = shared_flags.given(own)
    if given and kind != _KIND.value:
      raise errors.UserError(
        f"{', '.join(given)}: only --kind={kind} has this; leave it out."
      )
  strange = [ms for ms in _DURATIONS.value if not ms.isdecimal()]
  if strange:
    raise errors.UserError(
      f"--durations={','.join(_DURATIONS.value)}: {strange[0]} is no number of "
      "milliseconds; give some, such as 50,200,2000."
    )
  return StudyRequest(
    kind=_KIND.value,
    durations=tuple(map(int, _DURATIONS.value)),
    repeats=_REPEATS.value,
    practice=_PRACTICE.value,
    pairs=_PAIRS.value,
    max_participants=_MAX_PARTICIPANTS.value,
    simulated=_SIMULATE.value,
    seed=_SEED.value,
  )


if __name__ == "__main__":
  program.run(main)
