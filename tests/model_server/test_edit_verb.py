"""The studio's edits, drawn by the server."""

import dataclasses
import json

import numpy as np
import pytest

from experiments.config.requests.edit import EditRequest
from experiments.editing import edit_file, json_values
from experiments.editing.edit_file import EditFile
from experiments.editing.editor import Editor
from experiments.editing.step import Step
from experiments.runs import trained_run

pytest.importorskip("kserve", reason="the model server needs kserve")

from experiments.model_server import edits  # noqa: E402


@pytest.fixture(scope="module")
def edit():
  """Two steps, each in a region of its own."""
  pixels = np.random.default_rng(0).integers(0, 256, (40, 36, 3), np.uint8)
  steps = []
  for top in (6, 20):
    mask = np.zeros((40, 36), np.uint8)
    mask[top : top + 8, 8:20] = 255
    steps.append(Step(EditRequest(count=2, seed=top), mask=mask, chosen=1))
  model = {"run": "demo", "preset": "tiny", "sizes": [16, 8]}
  return EditFile(pixels, tuple(steps), model)


def _ask(served, content, name="demo"):
  return served.client.post(f"/v1/models/{name}:edit", content=content)


def test_an_edit_is_drawn_as_the_studio_draws_it(
  served, edit, edited_run, pixels_of
):
  """All variations of the last step, in the photograph."""
  answer = _ask(served, edit_file.written(edit))
  assert answer.status_code == 200, answer.text
  made = [pixels_of(file) for file in answer.json()["images"]]
  editor = Editor(trained_run.load(edited_run[0]))
  prepared = editor.prepare_last(edit)
  [drawn] = prepared.draw()
  np.testing.assert_array_equal(made, [prepared.composite(v) for v in drawn])
  assert answer.json()["image"] == answer.json()["images"][1]
  assert (made[0] != edit.photograph).any() and (made[0] != made[1]).any()


@pytest.mark.parametrize(
  "change, words",
  [
    (lambda e: b"", "no edit"),
    (lambda e: b"{}", "format"),
    (lambda e: {**e, "photograph": "!"}, "photograph"),
    (lambda e: {**e, "model": {"sizes": [32, 16]}}, "sizes"),
    (lambda e: {**e, "steps": [{**e["steps"][0], "level": 5}]}, "level"),
    (lambda e: {**e, "steps": [{**e["steps"][0], "count": 65}]}, "64"),
    (lambda e: {**e, "steps": [{**e["steps"][0], "box": [0, 0, 90]}]}, "90"),
  ],
)
def test_a_wrong_edit_is_told_what_is_wrong(served, edit, change, words):
  """And the server lives."""
  changed = change(json.loads(edit_file.written(edit)))
  if isinstance(changed, dict):
    changed = json.dumps(changed).encode()
  answer = _ask(served, changed)
  assert answer.status_code == 400, answer.text
  assert words in answer.json()["error"]
  assert served.client.get("/").status_code == 200


def test_an_answer_has_a_limit_of_its_size(served, edit, monkeypatch):
  """Variations times pixels are bounded, as small requests may ask for much."""
  value = json.loads(edit_file.written(edit))
  value["photograph"] = json_values.base64_png(
    np.zeros((1300, 1300, 3), np.uint8)
  )
  value["steps"][1]["count"] = 60
  answer = _ask(served, json.dumps(value).encode())
  assert answer.status_code == 400, answer.text
  for words in ("60 variations", "1300x1300", "101,400,000", "fewer", "shrink"):
    assert words in answer.json()["error"]
  for limit, status in ((2 * 40 * 36, 200), (2 * 40 * 36 - 1, 400)):
    monkeypatch.setattr(edits, "MAX_ANSWERED", limit)
    assert _ask(served, edit_file.written(edit)).status_code == status


def test_steps_before_the_last_need_a_choice(served, edit):
  """The next step goes on with the variation that is chosen."""
  first = dataclasses.replace(edit.steps[0], chosen=None)
  undecided = dataclasses.replace(edit, steps=(first, edit.steps[1]))
  answer = _ask(served, edit_file.written(undecided))
  assert answer.status_code == 400 and "chosen" in answer.json()["error"]


def test_a_model_without_a_run_does_not_edit(served, edit):
  """A level, or a SavedModel alone."""
  answer = _ask(served, edit_file.written(edit), "demo.level_0")
  assert answer.status_code == 400 and "no run" in answer.json()["error"]
