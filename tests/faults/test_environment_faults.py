"""Surroundings in which little is as it should be."""

import json

from PIL import Image

from pyramid_tf import saved_models


def test_the_command_trains_in_hostile_surroundings(undisturbed, record):
  """No writable home, network or GPU; one core; an ASCII locale"""
  run_dir = undisturbed.run_dir
  assert run_dir.name == "übung" and run_dir.parent.name == "Läufe"
  metrics = json.loads((run_dir / "metrics.json").read_text())
  assert 0 < metrics["rmse"] < 255 and metrics["steps"] == 6
  assert undisturbed.saved() == [6, 3]
  for name in ("level_0", "cascade"):
    assert "serving_default" in set(
      saved_models.load(run_dir / name / "saved_model")
    )
  with Image.open(run_dir / "samples" / "samples.png") as picture:
    assert min(picture.size) > 60
  assert "cannot be read" not in undisturbed.said
  assert "Traceback" not in undisturbed.said
  record()
