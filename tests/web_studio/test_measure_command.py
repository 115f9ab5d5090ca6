"""The command that measures a studio of its own."""

import json

from support import commands


def test_a_real_studio_answers_several_pages(studio_run, tmp_path):
  """Without an error, and with every figure of the file."""
  done = commands.call(
    "measure_studio",
    *(f"--run_dir={studio_run}", f"--out={tmp_path}"),
    *("--clients=2", "--requests=60"),
  )
  assert done.returncode == 0, done.stderr
  measured = json.loads((tmp_path / "studio.json").read_text())
  assert measured["requests"] == 60 and measured["errors"] == 0
  assert measured["clients"] == 2 and "--clients=2" in measured["command"]
  assert 0 < measured["p50_ms"] <= measured["p99_ms"]
  assert measured["memory_after_mb"] < measured["memory_before_mb"] + 64
  for name in ("first_draw_seconds", "sixteen_variations_seconds"):
    assert 0 < measured[name] < 60


def test_requests_are_shared_evenly(studio_run, tmp_path):
  """The remedy is in the message."""
  words = commands.refusal(
    "measure_studio",
    *(f"--run_dir={studio_run}", f"--out={tmp_path}", "--clients=7"),
  )
  assert "multiple" in words
