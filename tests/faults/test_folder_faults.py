"""Run folders that cannot be written, or that another process has."""

import os
import pathlib
import time

import pytest
from support import trainings

from experiments.training.run_dir import RunDir

# Lets a command see a folder that cannot be written.
_READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 9
shift
exec "$@"
"""


def _refused(training):
  """What the command says; it must end soon and write nothing."""
  assert training.run() == 1, training.said
  assert "Traceback" not in training.said
  assert training.said.splitlines()[-1].startswith("Error: ")
  return training.said


def test_a_run_below_a_file_is_refused_at_once(tmp_path, record):
  """Run folder that cannot be made or written"""
  (tmp_path / "file").touch()
  (tmp_path / "pictures").mkdir()
  training = trainings.lapcvae(tmp_path).elsewhere("said")
  command = (*training.command[:-1], f"--run_dir={tmp_path / 'file' / 'run'}")
  said = _refused(trainings.Training(training.run_dir, command))
  assert f"{tmp_path / 'file'} is a file. Choose a folder" in said
  record()


@pytest.mark.slow_faults
def test_a_run_where_no_folder_can_be_made_is_refused(tmp_path, record):
  """Run folder that cannot be made or written"""
  training = trainings.lapcvae(tmp_path)
  # For root, too: the kernel makes what is in there.
  command = (*training.command[:-1], "--run_dir=/proc/run")
  said = _refused(trainings.Training(training.run_dir, command))
  assert "/proc" in said and "that you may write to" in said
  record()


def test_a_run_folder_without_permission_is_refused(tmp_path, record):
  """Run folder that cannot be made or written"""
  training = trainings.lapcvae(tmp_path)
  folder, command = training.run_dir, training.command
  folder.mkdir()
  if os.getuid():
    folder.chmod(0o555)
  elif mounts := trainings.with_mounts():
    # Root may write anywhere but to what is mounted without that.
    script = (*mounts, "sh", "-c", _READ_ONLY, "sh", str(folder))
    command = (*script, *command)
  else:
    folder = pathlib.Path("/sys/kernel")
    command = (*command, f"--run_dir={folder / 'run'}")
  said = _refused(trainings.Training(training.run_dir, command))
  assert f"Cannot write to {folder}" in said
  assert "that you may write to" in said
  record()


@pytest.mark.parametrize("options", [(), ("--resume",)])
def test_a_second_process_is_refused_at_once(tmp_path, record, options):
  """Two processes on one run folder"""
  training = trainings.lapcvae(tmp_path)
  with RunDir(training.run_dir).locked():
    before = time.monotonic()
    second = trainings.Training(
      training.run_dir.with_name("second"), training.command
    )
    assert second.run(*options) == 1
    assert time.monotonic() - before < 30.0
  assert f"Another process is working in {training.run_dir}" in second.said
  assert "Wait for it" in second.said and "Traceback" not in second.said
  assert os.listdir(training.run_dir) == [".lock"]
  record()
