"""Files are written whole or not at all."""

import json
import os

import pytest
from support import disk_calls

from experiments.system import whole_files


def test_a_file_takes_its_name_when_it_is_on_the_disk(tmp_path, monkeypatch):
  """And the name is on the disk when the writer goes on."""
  calls = disk_calls.record(monkeypatch)
  monkeypatch.setattr(whole_files.secrets, "token_hex", lambda count: "7f")
  whole_files.write_json(tmp_path / "a.json", {"rmse": 1.5})
  assert calls == [
    "fsync .a.7f.partial.json",
    "replace a.json",
    f"fsync {tmp_path.name}",
  ]
  assert json.loads((tmp_path / "a.json").read_text()) == {"rmse": 1.5}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_what_goes_wrong_leaves_the_former_file(tmp_path, error):
  """Nothing else is left."""
  path = tmp_path / "a.json"
  whole_files.write_text(path, "former")
  with pytest.raises(error), whole_files.replacing(path) as temporary:
    assert temporary.suffix == ".json"
    temporary.write_text("half")
    raise error
  assert path.read_text() == "former"
  assert os.listdir(tmp_path) == ["a.json"]


def test_a_disk_that_fails_to_keep_a_file_fails_the_writer(
  tmp_path, monkeypatch
):
  """The former file keeps its name."""
  path = tmp_path / "a.txt"
  whole_files.write_text(path, "former")

  def broken(descriptor):
    raise OSError(5, "Input/output error")

  monkeypatch.setattr(os, "fsync", broken)
  with pytest.raises(OSError, match="Input/output"):
    whole_files.write_text(path, "new")
  assert path.read_text() == "former"
