"""Small files of a run that hold something else: one message, no traceback."""

import pytest
from support import commands, small_runs

from experiments.config import presets

_CONFIGS = {
  "list": "[]",
  "object": "{}",
  "null": "null",
  "cut": '{"preset": "ti',
  "no preset": '{"config": {"model": {}}}',
  "no config": '{"preset": "tiny"}',
  "config null": '{"preset": "tiny", "config": null}',
  "config empty": '{"preset": "tiny", "config": {}}',
  "training null": '{"preset": "tiny", "config": {"model": {}, "data": {}, '
  '"training": null}}',
}


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
  """A copy of a run, and the flags that train it."""
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: trained.config)
  return trained.copy(tmp_path / "run")


def _resume_refused(trained, run):
  return commands.refusal(
    "train",
    "--config=tiny",
    "--resume",
    f"--run_dir={run.path}",
    f"--cache_dir={trained.folder / 'cache'}",
  )


@pytest.mark.parametrize("text", _CONFIGS.values(), ids=_CONFIGS)
def test_a_damaged_configuration_is_named(trained, run, text):
  """By every command that reads it, in one line."""
  path = run.path / "config.json"
  path.write_text(text)
  out = run.path.with_name("out")
  for message in (
    _resume_refused(trained, run),
    commands.refusal("sample", f"--run_dir={run.path}", f"--out={out}.png"),
    commands.refusal("export", f"--run_dir={run.path}", f"--out={out}"),
  ):
    assert str(run.path) in message and message.count("\n") == 1
  assert path.read_text() == text and not out.exists()


@pytest.mark.parametrize("text", ["[]", "null", "{", '{"seconds": "long"}'])
@pytest.mark.parametrize("name", ["status.json", "metrics.json"])
def test_a_damaged_file_of_a_finished_run_is_named(trained, run, name, text):
  """It is not taken for an unfinished run, and nothing is trained again."""
  if name == "status.json" and "seconds" in text:
    text = '{"finished": true, "steps": "all"}'
  path = run.part(trained.parts[0]) / name
  path.write_text(text)
  message = _resume_refused(trained, run)
  assert str(path) in message and message.count("\n") == 1


@pytest.mark.parametrize("text", ["[]", "{", '{"seconds": null}'])
def test_a_damaged_count_of_seconds_is_named(trained, run, text):
  """An unfinished run reads it when it goes on."""
  part = run.part(trained.parts[0])
  (part / "status.json").unlink()
  (part / "progress.json").write_text(text)
  message = _resume_refused(trained, run)
  assert str(part / "progress.json") in message and message.count("\n") == 1


def test_lost_figures_are_missed(trained, run):
  """A finished part without metrics is answered with the way to them."""
  part = run.part(trained.parts[0])
  (part / "metrics.json").unlink()
  message = _resume_refused(trained, run)
  assert "metrics.json" in message and "--resume" in message


def test_a_run_of_an_earlier_version_goes_on(trained, run):
  """Its configuration has a field more, and lacks those that are newer."""
  path = run.path / "config.json"
  stored = small_runs.read_json(path)
  stored["config"]["training"]["saturation_steps"] = 2000
  del stored["config"]["training"]["warmup_steps"]
  run.write_json("config.json", stored)
  (run.part(trained.parts[0]) / "status.json").write_text('{"finished": true}')
  run.check("tiny", trained.config, True, trained.parts)
  assert run.is_part_finished(trained.parts[0], 4)
  assert not run.is_part_finished(trained.parts[0], 5)


def test_lost_images_are_named_before_anything_is_made(
  trained, tmp_path, monkeypatch
):
  """The folder of a run is made when data and devices are known to be there."""
  made = trained.with_training(steps=3)
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: made)
  options = (f"--run_dir={tmp_path / 'run'}", f"--cache_dir={tmp_path}")
  message = commands.refusal(
    "train", "--config=tiny", f"--dataset=folder:{tmp_path / 'x'}", *options
  )
  assert f"{tmp_path / 'x'}" in message
  assert not (tmp_path / "run").exists()
