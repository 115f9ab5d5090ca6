"""A LAPGAN level that is interrupted ends as if it had not been."""

import os
import signal

import numpy as np
import pytest
from support import lapgan_runs

from experiments.families.lapgan_task import LAPGANLevelTask
from experiments.runs import job
from experiments.system.interruption import Interrupted
from experiments.training.run_dir import RunDir


class Killed(BaseException):
  """The process ends here."""


def _kill():
  raise Killed


def _stop():
  os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
  "optimizer, level, interrupt, raised, kept",
  [
    ("adam", 0, _stop, Interrupted, [2, 4]),
    ("sgd", 1, _kill, Killed, [2]),
  ],
)
def test_an_interrupted_level_resumes_bit_for_bit(
  tmp_path, monkeypatch, optimizer, level, interrupt, raised, kept
):
  """Weights, averages, the best of them, both optimizers, and the figures."""
  config = lapgan_runs.tiny_config(
    lapgan_runs.write_pictures(tmp_path / "pictures"),
    steps=6,
    epoch_steps=2,
    optimizer=optimizer,
    momentum=0.5,
    momentum_increase=0.1,
  )
  whole, broken = (RunDir(tmp_path / name) for name in ("whole", "broken"))

  def train(run_dir, **options):
    environment = lapgan_runs.environment(
      tmp_path, run_dir.path.name, levels=(level,), **options
    )
    job.train("tiny", config, environment)

  train(whole)
  with monkeypatch.context() as patch:
    headline = LAPGANLevelTask.headline

    def interrupted(self, scalars):
      if int(self.model.generator_optimizer.iterations) == 3:
        interrupt()
      return headline(self, scalars)

    patch.setattr(LAPGANLevelTask, "headline", interrupted)
    with pytest.raises(raised):
      train(broken)
  part = broken.part(f"level_{level}")
  found = {path.stem for path in part.glob("checkpoints/*.index")}
  assert found == {f"ckpt-{step}" for step in kept}
  assert not broken.is_part_finished(part.name)
  train(broken, resume=True)
  assert broken.is_part_finished(part.name)
  for step in (4, 6):
    found, expected = (
      lapgan_runs.stored(run.part(part.name), step) for run in (broken, whole)
    )
    assert set(found) == set(expected)
    for kind in ("model/", "generator_optimizer/", "discriminator_optimizer/"):
      assert sum(name.startswith(kind) for name in expected) > 4
    for name, value in expected.items():
      np.testing.assert_array_equal(found[name], value, err_msg=name)
  figures = [
    lapgan_runs.read_json(run.part(part.name) / "metrics.json")
    for run in (broken, whole)
  ]
  for name in ("swd", "l2_heuristic", "best_score"):
    assert figures[0][name] == figures[1][name]
