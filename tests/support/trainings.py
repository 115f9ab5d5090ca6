"""Tiny trainings by the real command, and ways to end them."""

import dataclasses
import functools
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

import numpy as np
from support import small_runs

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SMALL = (
  "training.batch_size=4",
  "training.log_every=2",
  *small_runs.SMALL_MODEL,
)


@dataclasses.dataclass(frozen=True)
class Training:
  """A command that trains, and its folder.

  Attributes:
    run_dir: The run.
    command: All of it but `--resume`.
    options: Arguments of `subprocess` calls.
    part: Name of the part that is trained, None for the whole.
  """

  run_dir: pathlib.Path
  command: tuple[str, ...]
  options: dict = dataclasses.field(default_factory=dict)
  part: str | None = None

  @property
  def checkpoints(self) -> pathlib.Path:
    """Folder of the checkpoints."""
    return self.run_dir / (self.part or "") / "checkpoints"

  def elsewhere(self, name: str, *more: str) -> "Training":
    """The same training in another run folder beside it."""
    run_dir = self.run_dir.with_name(name)
    command = (*self.command[:-1], f"--run_dir={run_dir}")
    command = (*command[:-1], *more, command[-1])
    return dataclasses.replace(self, run_dir=run_dir, command=command)

  def start(self, *more: str, **options) -> subprocess.Popen:
    """Starts it; its output goes to `said`."""
    with open(f"{self.run_dir}.said", "wb") as said:
      return subprocess.Popen(
        [*self.command, *more],
        cwd=_ROOT,
        stdout=said,
        stderr=subprocess.STDOUT,
        **{**self.options, **options},
      )

  @property
  def said(self) -> str:
    """All output of the last start."""
    return pathlib.Path(f"{self.run_dir}.said").read_text(errors="replace")

  def run(self, *more: str, **options) -> int:
    """Runs it to its end; returns its exit status."""
    return self.start(*more, **options).wait(timeout=500)

  def resume(self) -> None:
    """Goes on to the end, which must be reached."""
    assert self.run("--resume") == 0, self.said

  def steps_from(self) -> int:
    """The step at which the last start began."""
    return int(re.search(r"steps (\d+) to \d+[.;]", self.said)[1])

  def saved(self) -> list[int]:
    """Steps of the checkpoints in the folder, newest first."""
    found = (
      re.fullmatch(r"ckpt-(\d+)\.index", path.name)
      for path in self.checkpoints.glob("*.index")
    )
    return sorted((int(match[1]) for match in found if match), reverse=True)


def lapcvae(folder: pathlib.Path, **training) -> Training:
  """A LapCVAE on tiny pictures: six steps, a checkpoint every three."""
  training = {"steps": 6, "validate_every": 3, "checkpoint_every": 3} | training
  name = f"folder:{folder / 'pictures'}"
  if not (folder / "pictures").exists():
    small_runs.write_pictures(folder / "pictures")
  assignments = (*_SMALL, *(f"training.{k}={v}" for k, v in training.items()))
  options = [
    "--config=vae_demo",
    f"--dataset={name}",
    f"--cache_dir={folder / 'cache'}",
    "--strategy=cpu",
    *(f"--set={assignment}" for assignment in assignments),
  ]
  return _training(folder / "run", options)


def lapgan_level(folder: pathlib.Path, k: int, steps: int) -> Training:
  """A level of a LAPGAN, with a checkpoint every two steps."""
  name = small_runs.write_pictures(folder / "pictures")
  options = [
    *small_runs.level_options(folder, name),
    f"--set=training.level_steps=({steps},{steps},{steps})",
    f"--levels={k}",
  ]
  training = _training(folder / "run", options)
  return dataclasses.replace(training, part=f"level_{k}")


def _training(run_dir, options):
  command = (sys.executable, "-m", "experiments.train", *options)
  return Training(run_dir, (*command, f"--run_dir={run_dir}"))


def hostile_training(folder: pathlib.Path) -> Training:
  """The LapCVAE, trained to its end where little is as it should be."""
  folder = folder / "Läufe"
  training = lapcvae(folder)
  for i, path in enumerate(sorted((folder / "pictures").iterdir())):
    path.rename(path.with_name(f"Gesicht_ä_日本_{i}.png"))
  forbidden = folder / "file"
  forbidden.touch()
  environment = {
    name: value
    for name, value in os.environ.items()
    if name not in ("LANG", "XDG_CACHE_HOME") and not name.startswith("LC_")
  }
  environment |= {
    "HOME": str(forbidden / "home"),
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
  }
  command = (*without_network(), *training.command)
  one_core = functools.partial(
    os.sched_setaffinity, 0, {min(os.sched_getaffinity(0))}
  )
  options = {"env": environment, "preexec_fn": one_core}
  training = dataclasses.replace(training, command=command, options=options)
  training = training.elsewhere("übung")
  assert training.run() == 0, training.said
  return training


@functools.cache
def without_network() -> tuple[str, ...]:
  """What puts a command where there is no network, if that is permitted."""
  return _permitted("unshare", "-rn") or _permitted("unshare", "-n")


@functools.cache
def with_mounts() -> tuple[str, ...]:
  """What lets a command mount file systems of its own, if permitted."""
  tried = "mount -t tmpfs none /tmp"
  for options in (("-m",), ("-rm",)):
    if _permitted("unshare", *options, "sh", "-c", tried):
      return ("unshare", *options)
  return ()


def _permitted(*command):
  try:
    tail = () if "-c" in command else ("true",)
    done = subprocess.run([*command, *tail], capture_output=True, timeout=30)
  except OSError:
    return ()
  return command if done.returncode == 0 else ()


def limit_files(size: int) -> None:
  """Lets this process, or a child before it starts, write no larger files."""
  signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
  hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
  resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def wait_for(condition, process: subprocess.Popen, pause: float = 0.01) -> bool:
  """Waits until `condition()` or the end of the process; returns the former."""
  deadline = time.monotonic() + 400
  while not condition():
    if process.poll() is not None:
      return bool(condition())
    assert time.monotonic() < deadline
    time.sleep(pause)
  return True


def kill(process: subprocess.Popen) -> None:
  """Ends a process as a power cut does."""
  process.send_signal(signal.SIGKILL)
  process.wait()


def assert_near_end(training: Training, other: Training, step: int) -> None:
  """Every weight is that of the other training, but for rounding.

  With one thread TensorFlow does not always add in the same order. Adam makes a
  rounding error as large as a step of 1e-3 where a gradient is nearly zero, so
  any one weight may differ by so much a step; all together by far less.
  """
  actual, expected = (
    small_runs.stored(run.checkpoints.parent, step) for run in (training, other)
  )
  differences = np.concatenate(
    [
      np.ravel(actual[name].astype(np.float64) - value)
      for name, value in expected.items()
      if name.startswith("model/")
    ]
  )
  assert np.abs(differences).max() < step * 1e-3
  assert np.sqrt(np.mean(np.square(differences))) < 1e-4
