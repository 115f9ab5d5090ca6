"""What the command of batch work refuses, and what it says of its work."""

import dataclasses
import json
import os

import numpy as np
import pytest
from support import commands

from experiments.config.requests.batch import BatchRequest
from experiments.system import errors


def test_another_request_is_refused(do, pictures):
  """So that shards of two are not mixed; other files are another request."""
  request = BatchRequest(task="reconstruct", input=str(pictures))
  do(request, "out")
  with pytest.raises(errors.UserError, match="differs in shards"):
    do(dataclasses.replace(request, shards=2), "out")
  (pictures / "0.png").unlink()
  with pytest.raises(errors.UserError, match="differs in files"):
    do(request, "out")


@pytest.mark.parametrize(
  "options, words",
  [
    (["--task=sample"], "--count=0"),
    (["--task=sample", "--count=1", "--input=x"], "takes no --input"),
    (["--task=encode"], "needs --input"),
    (["--task=encode", "--input=x", "--count=3"], "--count is for"),
    (["--task=encode", "--input=x", "--format=png"], "writes npz"),
    (["--task=edit", "--input=x", "--format=parquet"], "writes png"),
    (["--task=sample", "--count=1", "--shard=3/3"], "--shard=3/3"),
    (["--task=sample", "--count=1", "--shard=x"], "--shard=x"),
    (["--task=encode", "--input=nowhere"], "--input=nowhere"),
    (["--task=encode", "--input=x", "--seed=3"], "--seed: only --task=sample"),
    (["--task=encode", "--input=x", "--temperature=2"], "--temperature"),
    (["--task=edit", "--input=x", "--seed=3"], "has this, not --task=edit"),
    (["--task=edit", "--input=x", "--labels=1,2"], "--labels"),
    (["--task=sample", "--count=1", "--crop=training"], "--crop=training"),
    (["--task=sample", "--count=1", "--workers=3"], "Add --engine=ray"),
    (
      ["--task=sample", "--count=1", "--shards=4", "--shard=0/2"],
      "leave out --shards",
    ),
    (
      ["--task=sample", "--count=1", "--engine=ray", "--shard=0/2"],
      "Leave one out",
    ),
  ],
)
def test_mistakes_are_told(run, tmp_path, options, words):
  """In one message, before a model is loaded."""
  said = commands.refusal(
    "batch", f"--run_dir={run}", f"--out={tmp_path / 'out'}", *options
  )
  assert words in said


@pytest.mark.parametrize(
  "option, extra",
  [("--engine=ray", "[ray]"), ("--format=parquet", "[parquet]")],
)
def test_a_missing_library_is_told(run, tmp_path, monkeypatch, option, extra):
  """With the command that installs it."""
  monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
  said = commands.refusal(
    "batch",
    *(f"--run_dir={run}", f"--out={tmp_path}", option),
    *("--task=sample", "--count=1"),
  )
  assert extra in said


def test_the_command_says_what_is_left(run, tmp_path):
  """So does a part of a job array, which draws arrays if asked to."""
  done = commands.call_here(
    "batch",
    *(f"--run_dir={run}", "--task=sample", "--count=4", "--block=2"),
    *(f"--out={tmp_path / 'out'}", "--shard=1/2", "--format=npz"),
  )
  assert done.returncode == 0, done.stderr
  assert "Made 2 images" in done.stdout
  assert "Shards left to do: 1 of 2" in done.stdout
  arrays = np.load(tmp_path / "out" / "shard_00001_of_00002" / "arrays.npz")
  np.testing.assert_array_equal(arrays["index"], [2, 3])
  assert arrays["images"].shape == (2, 16, 16, 3)


def test_a_shard_says_what_it_took(do, run):
  """Its images and seconds, of which writing is a part, and who did it."""
  request = BatchRequest(task="sample", count=10, block=2, shards=2)
  work, _ = do(request, "out")
  costs = [
    json.loads((work.folder(i) / "cost.json").read_text()) for i in range(2)
  ]
  assert [cost["images"] for cost in costs] == [4, 6]
  for cost in costs:
    assert 0 < cost["writing_seconds"] < cost["seconds"]
    assert cost["worker"].endswith(f":{os.getpid()}")
  if os.path.isdir("/proc/self"):
    # TensorFlow alone has more.
    assert all(cost["memory_mb"] > 50 for cost in costs)
