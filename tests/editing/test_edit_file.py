"""An edit as JSON, and drawn again from it."""

import base64
import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image
from support import commands, small_runs

from experiments.config.data_config import DataConfig
from experiments.config.requests.edit import EditRequest
from experiments.editing import edit_file, step
from experiments.editing.editor import Editor
from experiments.editing.step import LevelChange, Step
from experiments.runs import trained_run
from experiments.system import errors

_FACTS = {"run": "tiny", "preset": "tiny", "sizes": [16, 8, 4]}


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config):
  """The folder of a run with levels of 16, 8 and 4 pixels."""
  folder = tmp_path_factory.mktemp("files") / "tiny"
  data = DataConfig(name="faces", size=16)
  return small_runs.write_run(folder, tiny_config(3), data)


@pytest.fixture
def edit():
  """A painting, then changes of levels within a region."""
  generator = np.random.default_rng(0)
  paint = np.zeros((8, 8, 4), np.uint8)
  paint[2:5, 1:6] = [10, 200, 30, 255]
  mask = np.zeros((40, 56), np.uint8)
  mask[5:20, 10:40] = 255
  mask[5] = 40
  request = EditRequest(
    level=1, count=3, seed=7, temperature=0.5, box=(9, 0, 40), blend="feather"
  )
  changes = (LevelChange("drawn", 0.5), LevelChange("second"), LevelChange())
  second = generator.integers(0, 255, (16, 16, 3), np.uint8)
  return edit_file.EditFile(
    generator.integers(0, 255, (40, 56, 3), np.uint8),
    (
      Step(request, paint=paint, chosen=2),
      Step(
        EditRequest(count=2, box=(9, 0, 40)),
        mask=np.where(np.arange(56) < 9, 0, mask)[:, :].astype(np.uint8)
        * (np.arange(56) < 49).astype(np.uint8),
        changes=changes,
        second=second,
        chosen=0,
      ),
    ),
    _FACTS,
  )


def _assert_equal(found, expected):
  np.testing.assert_array_equal(found.photograph, expected.photograph)
  assert found.model == expected.model
  for ours, theirs in zip(found.steps, expected.steps, strict=True):
    for field in dataclasses.fields(Step):
      left, right = (getattr(one, field.name) for one in (ours, theirs))
      if isinstance(right, np.ndarray):
        np.testing.assert_array_equal(left, right)
      else:
        assert left == right, field.name


def test_what_was_written_is_read(edit):
  """Field by field, and written again as it was."""
  content = edit_file.written(edit)
  found = edit_file.parse(content, "edit.json")
  _assert_equal(found, edit)
  assert edit_file.written(found) == content


def test_a_file_holds_defaults_nowhere(edit):
  """They are written once, in the request."""
  first, second = json.loads(edit_file.written(edit))["steps"]
  assert set(first) == {
    *("level", "count", "seed", "temperature", "box", "blend"),
    *("paint", "chosen"),
  }
  assert set(second) == {"count", "box", "mask", "changes", "second", "chosen"}


@pytest.mark.parametrize(
  "change, words",
  [
    ({"format": "psd"}, "format is not"),
    ({"version": 2}, "version is 2, and 1"),
    ({"steps": []}, "no steps"),
    ({"steps": {}}, "steps is a list"),
    ({"photograph": None}, "no photograph"),
    ({"photograph": "AAAA"}, "photograph cannot be read"),
    ({"layers": []}, "'layers' is none of its fields"),
    ({"steps": [{"count": 2, "chosen": 2}]}, "Nothing to change"),
    ({"steps": [{"changes": [{}], "chosen": 9}]}, "chosen lies in 0 to 3"),
    ({"steps": [{"changes": [{}], "box": [0, 0]}]}, "three integers"),
    ({"steps": [{"changes": [{"scale": float("nan")}]}]}, "scale lies in"),
    ({"steps": [{"changes": [{"scale": 10**400}]}]}, "scale is a number"),
    (
      {"steps": [{"changes": [{}], "temperature": 10**400}]},
      "temperature is a number, not 1000",
    ),
    ({"steps": [{"changes": [{}], "seed": 10**400}]}, "seed lies in"),
  ],
)
def test_a_damaged_file_is_refused_with_a_reason(edit, change, words):
  """And what to do."""
  value = json.loads(edit_file.written(edit)) | change
  with pytest.raises(errors.UserError, match=words):
    edit_file.parse(json.dumps(value).encode(), "edit.json")


def test_images_are_refused_by_their_size_before_they_are_decoded(edit):
  """A reader says how many pixels it takes."""
  content = edit_file.written(edit)
  with pytest.raises(errors.UserError, match="56x40 pixels, and at most 2,000"):
    edit_file.parse(content, "edit.json", max_pixels=2000)


def test_images_are_bounded_all_together_before_one_is_decoded(
  edit, monkeypatch
):
  """A file of some kilobytes may ask for gigabytes."""
  file = io.BytesIO()
  Image.new("1", (6000, 4000)).save(file, format="PNG")
  painting = base64.b64encode(file.getvalue()).decode()
  value = json.loads(edit_file.written(edit))
  value["steps"] = [{"paint": painting, "chosen": 0}] * 40
  content = json.dumps(value).encode()
  assert len(content) < 2**20
  # Decoded, they have no transparent pixel, which is refused as well.
  with pytest.raises(errors.UserError, match="3,840 MB .* most 2,750 MB"):
    edit_file.parse(content, "edit.json")
  images = [edit.photograph]
  for one in edit.steps:
    images += [one.paint, one.mask, one.second]
  taken = sum(image.nbytes for image in images if image is not None)
  content = edit_file.written(edit)
  monkeypatch.setattr(edit_file, "MAX_BYTES", taken)
  edit_file.parse(content, "edit.json")
  monkeypatch.setattr(edit_file, "MAX_BYTES", taken - 1)
  with pytest.raises(errors.UserError, match="fewer steps"):
    edit_file.parse(content, "edit.json")


def test_a_step_is_drawn_again_bit_for_bit(edit, run):
  """By another editor: all randomness is in the file."""
  results = []
  for _ in range(2):
    editor = Editor(trained_run.load(run))
    pixels = edit.photograph
    for one in edit.steps:
      pixels = editor.replayed(pixels, one)
    results.append(pixels)
  np.testing.assert_array_equal(*results)
  inside = np.zeros((40, 56), bool)
  # Cells 2 to 5 and 1 to 6 of 8 in the window of 40 pixels from column 9 on.
  inside[10:25, 14:39] = True
  inside |= edit.steps[1].mask > 0
  np.testing.assert_array_equal(results[0][~inside], edit.photograph[~inside])


def test_the_command_makes_an_edit_again(edit, run, tmp_path):
  """All variations of the last step, and the chosen one by its own name."""
  (tmp_path / "edit.json").write_bytes(edit_file.written(edit))
  done = commands.call_here(
    "edit", f"--run_dir={run}", f"--edit={tmp_path / 'edit.json'}"
  )
  assert done.returncode == 0, done.stderr
  [folder] = (trained_run.load(run).run_dir.path / "edits").iterdir()
  names = sorted(path.name for path in folder.glob("*.png"))
  assert names == ["edit.png", "edit_00.png", "edit_01.png"]
  chosen, first = ((folder / name).read_bytes() for name in names[:2])
  assert chosen == first


def test_a_whole_edit_leaves_no_room_for_options(edit, run, tmp_path):
  """Those that it names are listed."""
  path = tmp_path / "edit.json"
  path.write_bytes(edit_file.written(edit))
  words = commands.refusal(
    "edit", f"--run_dir={run}", f"--edit={path}", "--seed=3", "--image=a.png"
  )
  assert "leave out --image, --seed" in words
  words = commands.refusal(
    "edit", f"--run_dir={run}", f"--edit={tmp_path / 'none.json'}"
  )
  assert "none.json cannot be read" in words


def test_an_edit_goes_with_a_model_of_the_same_pyramid(edit, tiny_runs):
  """The run that it was made with is named."""
  editor = Editor(trained_run.load(tiny_runs.cvae))
  with pytest.raises(errors.UserError, match=r"\[16, 8, 4\].*'tiny'"):
    editor.check(edit, "edit.json")


def test_changes_name_every_level(edit, run):
  """And a second photograph has the model's size."""
  editor = Editor(trained_run.load(run))
  opened = editor.open(edit.photograph)
  for changes, second, words in (
    ((LevelChange(),), None, "3 levels, got changes of 1"),
    ((LevelChange("second"),) * 3, edit.photograph, "second photograph is 56"),
  ):
    wrong = Step(EditRequest(), changes=changes, second=second)
    with pytest.raises(errors.UserError, match=words):
      list(editor.prepare(opened, wrong).draw())


def test_scales_go_from_the_prior_to_the_photograph(edit, run):
  """0 at every level is the image of the prior means, 1 reconstructs."""
  loaded = trained_run.load(run)
  editor = Editor(loaded)
  opened = editor.open(edit.photograph)

  def drawn(scale):
    changes = (LevelChange(scale=scale),) * 3
    [batch] = editor.prepare(
      opened, Step(EditRequest(count=1), changes=changes)
    ).draw()
    return batch[0].astype(int)

  np.testing.assert_allclose(drawn(1.0), opened.reconstructions[0], atol=2)
  mean = loaded.draw(1, 0, temperature=0.0)[0][0]
  np.testing.assert_allclose(drawn(0.0), mean, atol=2)


def test_a_step_of_values_is_parsed_alone():
  """As a page sends it; a second photograph may be known already."""
  second = np.zeros((16, 16, 3), np.uint8)
  values = {"changes": [{"source": "second"}]}
  assert step.parse(values, second=second).second is second
  with pytest.raises(errors.UserError, match="open one first"):
    step.parse(values)
