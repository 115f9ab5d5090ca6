"""Work in shards gives what one piece gives, and nothing is done twice."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from experiments.batch_work import shard_files, tasks
from experiments.batch_work.shards import Work
from experiments.config.requests.batch import BatchRequest
from experiments.config.requests.edit import EditRequest
from experiments.data.window import Window
from experiments.editing import edit_file
from experiments.editing.edit_file import EditFile
from experiments.editing.editor import Editor
from experiments.editing.step import Step
from experiments.system import errors
from pyramid_tf import images


def _images(work):
  """The pixels of every image by number, and all entries of the indices."""
  made, entries = {}, []
  for index in sorted(work.out.glob("shard_*/index.jsonl")):
    for line in index.read_text().splitlines():
      entry = json.loads(line)
      entries.append(entry)
      if "file" in entry:
        file = index.parent / entry["file"]
        made[entry["index"]] = np.asarray(Image.open(file))
  return made, entries


def _assert_equal(made, expected):
  assert sorted(made) == sorted(expected)
  for index, pixels in expected.items():
    np.testing.assert_array_equal(made[index], pixels)


def test_samples_do_not_depend_on_shards(do, loaded):
  """They are those that the run draws in batches of a block."""
  request = BatchRequest(task="sample", count=11, seed=5, block=3)
  whole, number = do(request, "whole")
  assert number == 11
  expected = loaded.draw(12, 5, batch_size=3)[0][:11]
  _assert_equal(_images(whole)[0], dict(enumerate(expected)))
  parts, _ = do(dataclasses.replace(request, shards=3), "parts")
  assert len(list(parts.out.glob("shard_*"))) == 3
  _assert_equal(_images(parts)[0], _images(whole)[0])


def test_classes_take_turns_across_blocks(lapgan_labelled):
  """Image i has class i modulo their number, whatever block it is in."""
  family, model = lapgan_labelled
  from experiments.config.requests.sample import SampleRequest

  def draw(count, first):
    request = SampleRequest(count=count, seed=3, batch_size=3)
    return family.draw(model, request, (), first)[0]

  np.testing.assert_array_equal(draw(9, 0)[6:], draw(3, 2))
  np.testing.assert_array_equal(draw(9, 0)[3:], draw(6, 1))


@pytest.fixture(scope="module")
def lapgan_labelled():
  """The family and a model of four classes."""
  from support import small_models

  from experiments import families

  model = small_models.lapgan(num_classes=4)
  return families.of(model.config), model


def test_shards_one_by_one_are_the_whole(do):
  """As a job array does them, in any order."""
  request = BatchRequest(task="sample", count=10, block=2, shards=3)
  whole, _ = do(request, "whole")
  for shard in (2, 0, 1):
    parts, _ = do(request, "parts", shard)
  assert parts.unfinished() == []
  _assert_equal(_images(parts)[0], _images(whole)[0])


def test_what_is_finished_is_not_done_again(do, monkeypatch):
  """And what was stopped half way is."""
  request = BatchRequest(task="sample", count=8, block=2, shards=4)
  done, block = [], tasks.Sampling.block

  def stopped(self, indices):
    done.append(indices.start)
    if len(done) == 3:
      raise KeyboardInterrupt
    yield from block(self, indices)

  monkeypatch.setattr(tasks.Sampling, "block", stopped)
  with pytest.raises(KeyboardInterrupt):
    do(request, "stopped")
  work, made = do(request, "stopped")
  assert done == [0, 2, 4, 4, 6] and made == 4
  assert do(request, "stopped")[1] == 0 and len(done) == 5
  assert sorted(_images(work)[0]) == list(range(8))
  assert not list(work.out.glob(".shard*"))


def test_pictures_are_reconstructed_by_number(do, loaded, pictures):
  """One that cannot be read is named, and shifts no other."""
  request = BatchRequest(task="reconstruct", input=str(pictures), block=2)
  whole, number = do(request, "whole")
  assert number == 5
  made, entries = _images(whole)
  files = sorted(pictures.iterdir())
  assert [entry["name"] for entry in entries] == [str(f) for f in files]
  [damaged] = [entry for entry in entries if "error" in entry]
  assert damaged["index"] == 3 and "known format" in damaged["error"]
  for i in (0, 5):
    pixels = tf.constant(np.asarray(Image.open(files[i])))
    seen = Window(size=16).cut(pixels)
    live = loaded.model.reconstruct(images.from_uint8(seen[None]))
    difference = made[i].astype(int) - images.to_uint8(live)[0].numpy()
    assert np.abs(difference).max() <= 1
  parts, _ = do(dataclasses.replace(request, shards=2), "parts")
  _assert_equal(_images(parts)[0], made)


def test_latents_are_written_as_arrays(do, loaded, pictures):
  """Every level has them, with the numbers of their images."""
  listed = pictures.parent / "listed.txt"
  listed.write_text("given/4.png\n\ngiven/1.png\n")
  request = BatchRequest(
    task="encode", input=str(listed), block=4, format="npz"
  )
  work, number = do(request, "latents")
  assert number == 2
  arrays = np.load(work.folder(0) / "arrays.npz")
  np.testing.assert_array_equal(arrays["index"], [0, 1])
  seen = [
    Window(size=16).cut(tf.constant(np.asarray(Image.open(pictures / name))))
    for name in ("4.png", "1.png")
  ]
  live = loaded.model.encode(images.from_uint8(tf.stack(seen)))
  for k, latent in enumerate(live):
    np.testing.assert_allclose(arrays[f"latent_{k}"], latent, atol=1e-5)


def test_edits_are_drawn_as_the_studio_draws_them(do, loaded, tmp_path):
  """The chosen variation of each; what is no edit is named."""
  pixels = np.random.default_rng(0).integers(0, 256, (40, 36, 3), np.uint8)
  mask = np.zeros((40, 36), np.uint8)
  mask[8:20, 8:20] = 255
  request = EditRequest(count=2, seed=3)
  step = Step(request, mask=mask, chosen=1)
  edit = EditFile(pixels, (step,), {"sizes": [16, 8]})
  folder = tmp_path / "edits"
  folder.mkdir()
  (folder / "a.json").write_bytes(edit_file.written(edit))
  (folder / "b.json").write_bytes(b"{}")
  asked = BatchRequest(task="edit", input=str(folder), block=1, shards=2)
  made, entries = _images(do(asked, "edited")[0])
  expected = Editor(loaded).replayed(pixels, step)
  _assert_equal(made, {0: expected})
  assert "no edit" in entries[1]["error"]


@pytest.mark.parametrize("count, block, number", [(10, 3, 4), (2, 5, 3)])
def test_every_image_is_in_one_shard(run, tmp_path, count, block, number):
  """Also where there are more shards than blocks."""
  request = BatchRequest(task="sample", count=count, block=block, shards=number)
  work = Work(run, request, (), tmp_path)
  found = [
    list(itertools.chain(*work.blocks(shard))) for shard in range(number)
  ]
  assert sum(found, []) == list(range(count))


def test_two_processes_on_one_shard_leave_it_whole(tmp_path):
  """The second begins while the first writes, and finds its shard done."""
  target = tmp_path / "shard"
  image = {"images": np.full((4, 4, 3), 7, np.uint8)}
  both = [tasks.Result(i, arrays=image) for i in range(2)]

  def results():
    yield both[0]
    shard_files.write(target, both, "png")
    yield both[1]

  killed = tmp_path / ".shard.0123abcd.partial"
  killed.mkdir()
  assert shard_files.write(target, results(), "png").images == 2
  files = [
    json.loads(line)["file"]
    for line in (target / "index.jsonl").read_text().splitlines()
  ]
  assert len(files) == 2 and all((target / name).exists() for name in files)
  assert list(tmp_path.iterdir()) == [target]


def test_shards_of_other_weights_are_refused(do, loaded):
  """A run that was trained on between two shards would mix its images."""
  request = BatchRequest(task="sample", count=4, seed=5, block=2, shards=2)
  work, _ = do(request, "weights", shard=0)
  weight = loaded.model.weights[0]
  kept = weight.numpy()
  weight.assign(kept + 1.0)
  with pytest.raises(errors.UserError, match="begun with .* other weights"):
    work.check_weights(loaded)
  weight.assign(kept)
  work.check_weights(loaded)
