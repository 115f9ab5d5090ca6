"""Outputs of commands: claimed before work, never mixed or overwritten."""

import json
import os

import pytest

from experiments.system import errors, outputs


def test_a_folder_may_be_written_again_by_the_request_that_made_it(tmp_path):
  """Repeating a command is no mistake; tuples and lists are alike."""
  out = tmp_path / "new" / "samples"
  assert outputs.claimed_folder(out, {"seed": 1, "size": (3, 4)}) == out
  (out / "00000.png").write_bytes(b"x")
  assert outputs.claimed_folder(out, {"size": [3, 4], "seed": 1}) == out
  assert json.loads((out / "made_by.json").read_text())["seed"] == 1


def test_another_request_does_not_mix_its_files_in(tmp_path):
  """300 images, then 3 into the same folder, would leave 297 stale ones."""
  outputs.claimed_folder(tmp_path, {"count": 300, "seed": 1})
  with pytest.raises(errors.UserError, match="differs in count.*--out"):
    outputs.claimed_folder(tmp_path, {"count": 3, "seed": 1})


@pytest.mark.parametrize("made_by", [None, "[]", "{", "null"])
def test_foreign_files_are_left_alone(tmp_path, made_by):
  """A folder of photographs, or one whose record is damaged, is refused."""
  (tmp_path / "holiday.jpg").write_bytes(b"x")
  if made_by:
    (tmp_path / "made_by.json").write_text(made_by)
  with pytest.raises(errors.UserError, match="holds other files"):
    outputs.claimed_folder(tmp_path, {})
  assert (tmp_path / "holiday.jpg").read_bytes() == b"x"


def test_home_is_where_a_tilde_says(tmp_path, monkeypatch):
  """Shells expand it only at the start of a word, not behind --out=."""
  monkeypatch.setenv("HOME", str(tmp_path))
  assert outputs.folder("~/a/b") == tmp_path / "a" / "b"
  assert outputs.file("~/c/d.png") == tmp_path / "c" / "d.png"
  assert (tmp_path / "c").is_dir()


def test_a_folder_is_not_taken_for_a_file(tmp_path):
  """The message names a file that would do."""
  with pytest.raises(errors.UserError, match="is a folder.*picture.png"):
    outputs.file(tmp_path)


def test_what_cannot_be_written_is_said_before_work(tmp_path, monkeypatch):
  """Below a file, and where the system forbids it."""
  (tmp_path / "file").write_text("")
  with pytest.raises(errors.UserError, match="Cannot write"):
    outputs.folder(tmp_path / "file" / "below")
  monkeypatch.setattr(os, "access", lambda path, mode: False)
  with pytest.raises(errors.UserError, match="Permission denied"):
    outputs.claimed_folder(tmp_path / "new", {})
