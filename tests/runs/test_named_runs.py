"""Runs as a command names them."""

import shutil

import pytest

from experiments.runs import named_runs
from experiments.system import errors


def test_names_are_the_ends_of_paths_that_tell_runs_apart(tiny_runs, tmp_path):
  """A folder that is named twice, or in another spelling, is read once."""
  folders = [str(tmp_path / name) for name in ("a/run", "b/run", "c")]
  for folder in folders:
    shutil.copytree(tiny_runs.cvae, folder)
  names = [run.name for run in named_runs.read([folders[0], folders[2]])]
  assert names == ["run", "c"]
  twice = [*folders[:2], f"{folders[0]}/../run/"]
  runs = named_runs.read(twice)
  assert [run.name for run in runs] == ["a/run", "b/run"]
  assert runs[0].config.data.size == 16 and runs[0].preset == "tiny"


def test_a_folder_without_a_run_is_named(tiny_runs, tmp_path):
  """The first of several that lacks one."""
  with pytest.raises(errors.UserError, match="nothing holds no run"):
    named_runs.read([tiny_runs.cvae, str(tmp_path / "nothing")])
