"""Parts of one run, trained side by side in its folder."""

import dataclasses
import threading

import pytest

from experiments.training import run_dir


@dataclasses.dataclass(frozen=True)
class Config:
  steps: int = 10


@pytest.fixture
def run(tmp_path):
  return run_dir.RunDir(tmp_path / "run")


def _start(run, *parts, resume=False, config=None, preset="demo"):
  """Starts parts, and does the first work in them."""
  run.start(preset, config or Config(), resume, parts)
  for part in parts:
    run.checkpoints_of(part).mkdir(parents=True, exist_ok=True)


def test_every_part_has_a_folder_of_its_own(run):
  """The whole, which has no name, has the run's."""
  assert run.part("level_1") == run.path / "level_1"
  assert run.checkpoints_of("level_1") == run.path / "level_1" / "checkpoints"
  assert run.part(None) == run.path
  assert run.checkpoints_of(None) == run.checkpoints


def test_parts_start_beside_each_other(run):
  """In any order, one at a time or several, at work or finished."""
  _start(run, "level_1")
  _start(run, "level_0", "level_3")
  run.finish("level_0")
  _start(run, "level_2")
  assert run.read_config() == ("demo", {"steps": 10})


@pytest.mark.parametrize("finished", [False, True])
def test_a_part_that_was_started_is_not_started_again(run, finished):
  """The message names it; --resume goes on, also where a new one is asked."""
  _start(run, "level_0")
  _start(run, "level_1")
  if finished:
    run.finish("level_1")
  state = "finished" if finished else "unfinished"
  with pytest.raises(
    run_dir.RunDirError, match=f"holds a {state} level_1 of demo. Add --resume"
  ):
    run.check("demo", Config(), False, ["level_2", "level_1"])
  _start(run, "level_2", "level_1", resume=True)
  assert run.is_part_finished("level_1") == finished


def test_a_run_with_parts_is_not_started_as_a_whole(run):
  """Its parts are there already."""
  _start(run, "level_0")
  with pytest.raises(run_dir.RunDirError, match="unfinished run of demo. Add"):
    run.check("demo", Config(), False)


@pytest.mark.parametrize("resume", [False, True])
def test_parts_of_another_configuration_are_refused(run, resume):
  """Levels of two configurations are no pyramid."""
  _start(run, "level_0")
  for preset, config, message in (
    ("demo", Config(20), "config.steps was 10, now 20"),
    ("other", Config(), "preset was 'demo', now 'other'"),
  ):
    with pytest.raises(run_dir.RunDirError, match=message):
      run.start(preset, config, resume, ["level_1"])
  assert not run.part("level_1").exists()


def test_checking_writes_nothing(run):
  """A mistake leaves no folder behind."""
  run.check("demo", Config(), False, ["level_0"])
  assert not run.path.exists()


def test_a_part_finishes_alone(run):
  """The run is finished when it is told so."""
  _start(run, "level_0", "level_1")
  run.finish("level_1")
  states = [run.is_part_finished(f"level_{k}") for k in range(3)]
  assert states == [False, True, False] and not run.is_finished
  run.finish()
  assert run.is_finished and not run.is_part_finished("level_0")


def test_locks_of_parts_do_not_exclude_each_other(run):
  """Nor does that of the whole, in which the parts are joined."""
  with run.locked("level_0"), run.locked("level_1"), run.locked():
    for part, place in (("level_0", "run/level_0"), (None, "run")):
      with (
        pytest.raises(run_dir.RunDirError, match=f"working in .*/{place}. Wa"),
        run.locked(part),
      ):
        pass
  with run.locked("level_0"):
    pass


def test_locks_do_not_look_like_files_of_somebody_else(run):
  """A start that failed after locking leaves a folder for the next."""
  with run.locked("level_0"), run.locked():
    _start(run, "level_0")
  assert run.is_run


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
