"""The folder of a run: started once, resumed as it was, by one process."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest

from experiments.config import stored_json
from experiments.training import run_dir


@dataclasses.dataclass(frozen=True)
class Level:
  size: int = 8
  filters: tuple[int, ...] = (1, 2)


@dataclasses.dataclass(frozen=True)
class Config:
  steps: int = 10
  rate: float = 0.5
  levels: tuple[Level, ...] = (Level(), Level(4))


@dataclasses.dataclass(frozen=True)
class Nested:
  training: dict


@pytest.fixture
def run(tmp_path):
  return run_dir.RunDir(tmp_path / "runs" / "first")


def _refusal(run, config=None, resume=False):
  with pytest.raises(run_dir.RunDirError) as caught:
    run.start("demo", config or Config(), resume=resume)
  return str(caught.value)


def test_a_fresh_start_notes_what_was_asked_for_and_used(run):
  """Folders above are made; the configuration reads back as JSON values."""
  assert not run.is_run
  run.start("demo", Config(), resume=False)
  assert run.is_run and not run.is_finished
  preset, config = run.read_config()
  assert preset == "demo"
  assert config == stored_json.to_json(Config())
  assert config["levels"][1] == {"size": 4, "filters": [1, 2]}
  versions = json.loads((run.path / "versions.json").read_text())
  assert set(versions) >= {"python", "tensorflow", "keras", "numpy"}
  assert all(versions.values())


def test_resuming_without_a_run_starts_one(run):
  """A job that is restarted automatically always passes --resume."""
  run.start("demo", Config(), resume=True)
  assert run.is_run


@pytest.mark.parametrize("finished", [False, True])
def test_a_second_start_is_refused(run, finished):
  """The message names the state of the run and both remedies."""
  run.start("demo", Config(), resume=False)
  if finished:
    run.finish()
  assert run.is_finished == finished
  message = _refusal(run)
  state = "finished" if finished else "unfinished"
  assert f"{run.path} holds a {state} run of demo" in message
  assert "Add --resume" in message and "another --run_dir" in message
  run.start("demo", Config(), resume=True)
  assert run.is_finished == finished


def test_another_configuration_is_refused_field_by_field(run):
  """Old and new values of what differs, and nothing of what does not."""
  run.start("demo", Config(), resume=False)
  levels = (Level(), Level(4, filters=(1, 3)))
  message = _refusal(run, Config(steps=20, levels=levels), resume=True)
  assert "config.steps was 10, now 20" in message
  assert "config.levels.1.filters was [1, 2], now [1, 3]" in message
  assert "rate" not in message and "levels.0" not in message
  assert "flags of that run" in message and "another --run_dir" in message
  fewer = _refusal(run, Config(levels=(Level(),)), resume=True)
  assert "config.levels was [{" in fewer
  with pytest.raises(run_dir.RunDirError, match="preset was 'demo', now 'x'"):
    run.start("x", Config(), resume=True)


def test_what_changes_no_number_may_change(run):
  """A resumed run may log and save more often."""
  stored = {"training": {"log_every": 10, "checkpoint_every": 5, "steps": 8}}
  run.start("demo", Nested(**stored), resume=False)
  stored["training"] |= {"log_every": 1, "checkpoint_every": 2}
  run.start("demo", Nested(**stored), resume=True)
  stored["training"]["steps"] = 9
  message = _refusal(run, Nested(**stored), resume=True)
  assert "steps was 8, now 9" in message and "every" not in message


def test_a_damaged_file_is_named(run):
  """And no traceback of a JSON parser is seen."""
  run.start("demo", Config(), resume=False)
  (run.path / "config.json").write_text('{"preset": "demo", ')
  with pytest.raises(run_dir.RunDirError, match="config.json is damaged"):
    run.read_config()


def test_a_folder_of_other_files_is_refused(run):
  """Nobody's pictures are mixed with a run's; an empty folder will do."""
  run.path.mkdir(parents=True)
  run.start("demo", Config(), resume=False)
  (run.path / "config.json").unlink()
  assert "holds files but no run. Choose an empty" in _refusal(run)


def test_a_file_is_refused(run):
  """Whether it is locked first or not, and with files on the way."""
  run.path.parent.mkdir()
  run.path.write_text("")
  assert "is a file. Choose a folder for --run_dir" in _refusal(run)
  with (
    pytest.raises(run_dir.RunDirError, match="is a file. Choose"),
    run.locked(),
  ):
    pass
  below = run_dir.RunDir(run.path / "below")
  assert f"{run.path} is a file. Choose a folder" in _refusal(below)


def test_a_folder_that_cannot_be_written_is_refused(run, monkeypatch):
  """Before anything is computed."""
  run.path.mkdir(parents=True)
  monkeypatch.setattr(os, "access", lambda *_: False)
  assert "Cannot write to" in _refusal(run)
  assert "that you may write to" in _refusal(run)
  assert not list(run.path.iterdir())


def test_reading_the_configuration_of_no_run_is_refused(run):
  """The message says what is missing."""
  with pytest.raises(run_dir.RunDirError, match="no config.json. Name the --r"):
    run.read_config()


_LOCK = """
import sys
from experiments.training import run_dir
try:
  with run_dir.RunDir(sys.argv[1]).locked():
    print("locked")
except run_dir.RunDirError as error:
  print(error)
"""


def _lock_elsewhere(run):
  found = subprocess.run(
    [sys.executable, "-c", _LOCK, str(run.path)],
    capture_output=True,
    text=True,
    timeout=60,
    check=True,
  )
  return found.stdout.strip()


def test_the_lock_keeps_a_second_process_out(run):
  """Two trainings in one folder would delete each other's checkpoints."""
  with run.locked():
    run.start("demo", Config(), resume=False)
    assert "Another process is working in" in _lock_elsewhere(run)
    with (
      pytest.raises(run_dir.RunDirError, match="Wait for it, or choose anothe"),
      run.locked(),
    ):
      pass
  assert _lock_elsewhere(run) == "locked"


def test_a_lock_can_be_seen_without_taking_it(run):
  """Part by part; nothing is made where no process was."""
  run.check_free([None, "level_0"])
  assert not run.path.exists()
  with run.locked("level_0"):
    run.check_free([None, "level_1"])
    with pytest.raises(run_dir.RunDirError, match="working in .*level_0. Wait"):
      run.check_free(["level_1", "level_0"])
  run.check_free(["level_0"])


def test_small_files_are_written_whole_or_not_at_all(run):
  """A value that is not JSON, or a kill, leaves the former file."""
  run.path.mkdir(parents=True)
  path = run.write_json("metrics.json", {"rmse": 1.5})
  with pytest.raises(TypeError):
    run.write_json("metrics.json", {"rmse": object()})
  assert json.loads(path.read_text()) == {"rmse": 1.5}
  assert [entry.name for entry in run.path.iterdir()] == ["metrics.json"]


def test_every_level_has_folders_of_its_own(run):
  """`tensorboard --logdir` on the run overlays them."""
  assert run.tensorboard("level_0") == run.path / "level_0" / "tensorboard"
  assert run.saved_model("cascade") == run.path / "cascade" / "saved_model"
  assert run_dir.RunDir("~/x").path == run_dir.pathlib.Path.home() / "x"
