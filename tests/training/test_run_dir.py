"""The folder of a run: started once, resumed as it was, by one process."""

import dataclasses
import errno
import fcntl
import os
import subprocess
import sys
import threading

import pytest

from experiments.config import stored_json
from experiments.training import run_dir


@dataclasses.dataclass(frozen=True)
class Level:
  size: int = 8
  filters: tuple[int, ...] = (1, 2)


@dataclasses.dataclass(frozen=True)
class Training:
  steps: int = 10
  level_steps: tuple[int, ...] = ()
  rate: float = 0.5
  log_every: int = 5
  checkpoint_every: int = 5


@dataclasses.dataclass(frozen=True)
class Config:
  training: Training = Training()
  levels: tuple[Level, ...] = (Level(), Level(4))


def _config(**training):
  return Config(training=Training(**training))


@pytest.fixture
def run(tmp_path):
  return run_dir.RunDir(tmp_path / "runs" / "first")


def _start(run, *parts, resume=False, config=None, preset="demo"):
  """Starts parts, or the whole, and does the first work in them."""
  parts = parts or (None,)
  run.start(preset, config or Config(), resume, parts)
  for part in parts:
    run.checkpoints_of(part).mkdir(parents=True, exist_ok=True)


def _refusal(run, *parts, **options):
  with pytest.raises(run_dir.RunDirError) as caught:
    _start(run, *parts, **options)
  return str(caught.value)


def test_a_fresh_start_notes_what_was_asked_for_and_used(run):
  """Folders above are made; the configuration reads back as JSON values."""
  run.check("demo", Config(), False)
  assert not run.path.exists() and not run.is_run
  _start(run)
  assert run.is_run and not run.is_part_finished(None)
  preset, config = run.read_config()
  assert preset == "demo" and config == stored_json.to_json(Config())
  assert config["levels"][1] == {"size": 4, "filters": [1, 2]}
  versions = run.read_json("versions.json")
  assert set(versions) >= {"python", "tensorflow", "keras", "numpy"}
  assert all(versions.values())


def test_resuming_without_a_run_starts_one(run):
  """A job that is restarted automatically always passes --resume."""
  _start(run, resume=True)
  assert run.is_run


@pytest.mark.parametrize("part", [None, "level_1"])
@pytest.mark.parametrize("finished", [False, True])
def test_a_second_start_is_refused(run, part, finished):
  """The message names the state and both remedies; --resume goes on."""
  _start(run, part)
  if finished:
    run.finish(part, 10)
  state = "a finished" if finished else "an unfinished"
  message = _refusal(run, *([part] if part is None else ["level_2", part]))
  assert f"{run.path} holds {state} {part or 'run'} of demo" in message
  assert "--resume" in message and "--run_dir" in message
  _start(run, part, resume=True)
  assert run.is_part_finished(part) == finished


def test_parts_start_beside_each_other(run):
  """In any order, one at a time or several; each finishes alone."""
  _start(run, "level_1")
  _start(run, "level_0", "level_3")
  run.finish("level_0", 10)
  _start(run, "level_2")
  states = [run.is_part_finished(f"level_{k}") for k in range(4)]
  assert states == [True, False, False, False]
  assert not run.is_part_finished(None)
  assert "an unfinished run" in _refusal(run)
  run.finish()
  assert run.is_part_finished(None) and not run.is_part_finished("level_1")


@pytest.mark.parametrize("resume", [False, True])
def test_another_configuration_is_refused_field_by_field(run, resume):
  """Old and new values of what differs, and nothing of what does not."""
  _start(run, "level_0")
  levels = (Level(), Level(4, filters=(1, 3)))
  other = Config(training=Training(rate=0.1), levels=levels)
  message = _refusal(run, "level_1", config=other, resume=resume)
  assert "config.training.rate was 0.5, now 0.1" in message
  assert "config.levels.1.filters was [1, 2], now [1, 3]" in message
  assert "log_every" not in message and "levels.0" not in message
  fewer = Config(levels=(Level(),))
  assert "config.levels" in _refusal(
    run, "level_1", config=fewer, resume=resume
  )
  assert "preset was 'demo', now 'x'" in _refusal(
    run, "level_1", preset="x", resume=resume
  )
  assert not run.part("level_1").exists()


@pytest.mark.parametrize(
  "before, after, refused",
  [
    ({}, {"log_every": 1, "checkpoint_every": 2}, None),
    ({}, {"steps": 11}, None),
    ({}, {"steps": 9}, "training.steps was 10, now 9"),
    ({"level_steps": (4, 5)}, {"level_steps": (4, 6)}, None),
    ({"level_steps": (4, 5)}, {"level_steps": (5, 4)}, "level_steps"),
    ({"level_steps": (4, 5)}, {"level_steps": ()}, None),
    ({"level_steps": (4, 11)}, {"level_steps": ()}, "level_steps"),
    ({"level_steps": (4, 5)}, {"level_steps": (4, 5, 6)}, "level_steps"),
  ],
)
def test_a_resumed_run_may_log_otherwise_and_grow(run, before, after, refused):
  """Nothing that it computed so far depends on either."""
  _start(run, config=_config(**before))
  config = _config(**{**before, **after})
  if refused:
    assert refused in _refusal(run, config=config, resume=True)
    return
  _start(run, config=config, resume=True)
  assert run.read_config()[1] == stored_json.to_json(config)


def test_more_steps_are_not_taken_yet(run):
  """A part that has grown is not finished; one of an earlier version is."""
  run.finish("level_0", 10)
  assert run.is_part_finished("level_0", 10)
  assert not run.is_part_finished("level_0", 11)
  run.write_json("status.json", {"finished": True}, "level_1")
  run.write_json("metrics.json", {"steps": 10}, "level_1")
  assert run.is_part_finished("level_1", 10)
  assert not run.is_part_finished("level_1", 11)


def test_a_folder_of_other_files_is_refused(run):
  """Nobody's pictures are mixed with a run's; an empty folder will do."""
  run.path.mkdir(parents=True)
  _start(run)
  (run.path / "config.json").unlink()
  assert "--run_dir" in _refusal(run)


def test_a_file_is_refused(run):
  """Whether it is locked first or not, and with files on the way."""
  run.path.parent.mkdir()
  run.path.write_text("")
  for path in (run.path, run.path / "below"):
    place = run_dir.RunDir(path)
    assert f"{run.path} is a file" in _refusal(place)
    with pytest.raises(run_dir.RunDirError, match="is a file"), place.locked():
      pass


def test_a_folder_that_cannot_be_written_is_refused(run, monkeypatch):
  """Before anything is computed."""
  run.path.mkdir(parents=True)
  monkeypatch.setattr(os, "access", lambda *_: False)
  message = _refusal(run)
  assert f"{run.path}" in message and "--run_dir" in message
  assert not list(run.path.iterdir())


def test_reading_no_run_is_refused(run):
  """The message says what is missing."""
  with pytest.raises(run_dir.RunDirError, match="no config.json.*--run_dir"):
    run.read_config()
  with pytest.raises(run_dir.RunDirError, match="metrics.json.*--resume"):
    run.read_metrics()


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
  command = [sys.executable, "-c", _LOCK, str(run.path)]
  return subprocess.check_output(command, text=True, timeout=60).strip()


def test_the_lock_keeps_a_second_process_out(run):
  """Two trainings in one folder would delete each other's checkpoints."""
  with run.locked():
    _start(run)
    assert "Another process" in _lock_elsewhere(run)
  assert _lock_elsewhere(run) == "locked"


def test_locks_of_parts_do_not_exclude_each_other(run):
  """Nor does that of the whole, in which the parts are joined."""
  with run.locked("level_0"), run.locked("level_1"), run.locked():
    for part in ("level_0", None):
      with (
        pytest.raises(run_dir.RunDirError, match=f"in {run.part(part)}\\. "),
        run.locked(part),
      ):
        pass
    # A lock is no file of somebody else.
    _start(run, "level_0")


def test_a_lock_can_be_seen_without_taking_it(run):
  """Part by part; nothing is made where no process was."""
  run.check_free([None, "level_0"])
  assert not run.path.exists()
  with run.locked("level_0"):
    run.check_free([None, "level_1"])
    with pytest.raises(run_dir.RunDirError, match="level_0"):
      run.check_free(["level_1", "level_0"])
  run.check_free(["level_0"])


def test_a_file_system_without_locks_is_named(run, monkeypatch):
  """Another process would be waited for in vain."""

  def refuse(file, how):
    raise OSError(errno.ENOSYS, "Function not implemented")

  monkeypatch.setattr(fcntl, "flock", refuse)
  with (
    pytest.raises(run_dir.RunDirError, match=r"Cannot lock .*\.lock: Function"),
    run.locked(),
  ):
    pass


def test_a_lock_can_be_waited_for(run):
  """By whoever joins the parts while another does."""
  entered = threading.Event()

  def join_parts():
    with run.locked(wait=True):
      entered.set()

  with run.locked():
    thread = threading.Thread(target=join_parts)
    thread.start()
    assert not entered.wait(0.2)
  assert entered.wait(10)
  thread.join()


def test_every_level_has_folders_of_its_own(run, monkeypatch):
  """`tensorboard --logdir` on the run overlays them."""
  assert run.tensorboard("level_0") == run.path / "level_0" / "tensorboard"
  assert run.saved_model("cascade") == run.path / "cascade" / "saved_model"
  assert run.checkpoints_of("level_1") == run.path / "level_1" / "checkpoints"
  assert run.checkpoints_of(None) == run.checkpoints
  monkeypatch.setenv("HOME", "/h")
  assert str(run_dir.RunDir("~/x").path) == "/h/x"
