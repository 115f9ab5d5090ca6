"""Opens the studio: edit photographs and look at samples in a browser.

  python -m experiments.studio
  python -m experiments.studio --run_dir=runs/demo

Needs `pip install -e '.[studio]'`. Works offline, with the models of drawn
faces that come with this project, or with one run or several (--run_dirs). Only
this machine can reach it, unless --host says otherwise; the address then
carries a token.
"""

import importlib.util

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.runs import named_runs, run_names
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)

_RUN_DIR = flags.DEFINE_string(
  "run_dir",
  None,
  "Folder of a training. Default: all models that come with this project.",
)
_RUN_DIRS = shared_flags.define_paths("run_dirs", "Folders of trainings.")
_STUDIES = shared_flags.define_paths(
  "studies", "Files of studies with people, which experiments.study made."
)
_HOST = flags.DEFINE_string(
  "host",
  "127.0.0.1",
  "Name or number to listen at. Default: reached from this machine alone.",
)
_PORT = flags.DEFINE_integer(
  "port", 8150, "Port; 0 takes a free one.", lower_bound=0, upper_bound=65535
)
_TOKEN = flags.DEFINE_string(
  "token",
  None,
  "What the address must carry as ?token=. Default: none on this machine, a "
  "new one with another --host.",
)
_OPEN = flags.DEFINE_bool("open", True, "Opens the address in a browser.")


def main(argv):
  """Flags -> one call."""
  del argv
  paths = shared_flags.paths(_RUN_DIRS.value)
  if _RUN_DIR.value:
    paths.insert(0, _RUN_DIR.value)
  if not paths:
    paths = [f"pretrained:{name}" for name in run_names.pretrained_names()]
    print(
      f"Opening {', '.join(paths)}, of drawn faces. For your own photographs, "
      "train a model with experiments.train --config=lapcvae_demo "
      "--dataset=folder:PHOTOS --run_dir=runs/mine, and name it in --run_dir."
    )
  if _TOKEN.value is not None and len(_TOKEN.value) < 8:
    raise errors.UserError("--token needs at least 8 characters.")
  for library in ("fastapi", "uvicorn"):
    if importlib.util.find_spec(library) is None:
      raise errors.UserError(
        f"The studio needs {library}, which is not installed. Run pip install "
        "-e '.[studio]'."
      )
  named_runs.read(paths)
  from experiments.web_studio.studies import Studies

  studies = Studies(shared_flags.paths(_STUDIES.value))
  program.load_tensorflow()
  from experiments.web_studio import service
  from experiments.web_studio.training_images import TrainingImages

  service.serve(
    paths,
    _HOST.value,
    _PORT.value,
    _TOKEN.value,
    _OPEN.value,
    TrainingImages(data_flags.DATA_DIR.value, data_flags.CACHE_DIR.value),
    studies,
  )


if __name__ == "__main__":
  program.run(main)
