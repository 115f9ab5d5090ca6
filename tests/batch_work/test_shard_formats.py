"""A shard's files hold what was made, whatever their format."""

import io

import numpy as np
import pytest
from PIL import Image

from experiments.batch_work import shard_files, shard_formats
from experiments.batch_work.tasks import Result

parquet = pytest.importorskip(
  "pyarrow.parquet", reason="tables need pyarrow, of the extra parquet"
)


def _images(count):
  pixels = np.random.default_rng(0).integers(0, 256, (count, 5, 7, 3), np.uint8)
  return pixels, [
    Result(10 + i, f"{i}.png", {"images": image})
    for i, image in enumerate(pixels)
  ]


def test_a_table_holds_the_images_that_were_made(tmp_path, monkeypatch):
  """As PNG files, a group of rows at a time; what failed is in the index."""
  monkeypatch.setattr(shard_formats, "_ROWS", 2)
  pixels, results = _images(5)
  results.insert(1, Result(99, "damaged.png", error="it is damaged"))
  cost = shard_files.write(tmp_path / "shard", results, "parquet")
  assert cost.images == 5
  file = parquet.ParquetFile(tmp_path / "shard" / "table.parquet")
  assert file.num_row_groups == 3
  table = file.read().to_pydict()
  assert list(table) == ["index", "name", "image"]
  assert table["index"] == [10, 11, 12, 13, 14]
  assert table["name"] == [f"{i}.png" for i in range(5)]
  for content, image in zip(table["image"], pixels, strict=True):
    np.testing.assert_array_equal(Image.open(io.BytesIO(content)), image)
  index = (tmp_path / "shard" / "index.jsonl").read_text()
  assert index.count("table.parquet") == 5 and "it is damaged" in index


def test_a_table_holds_latents_of_every_level(tmp_path):
  """Lists of one length each, to the bit."""
  generator = np.random.default_rng(0)
  latents = [
    {
      "latent_0": generator.normal(size=3).astype(np.float32),
      "latent_1": generator.normal(size=5).astype(np.float32),
    }
    for _ in range(4)
  ]
  results = [Result(i, arrays=arrays) for i, arrays in enumerate(latents)]
  shard_files.write(tmp_path / "shard", results, "parquet")
  table = parquet.read_table(tmp_path / "shard" / "table.parquet")
  assert table.column_names == ["index", "name", "latent_0", "latent_1"]
  for name, size in (("latent_0", 3), ("latent_1", 5)):
    assert table.schema.field(name).type.list_size == size
    np.testing.assert_array_equal(
      table[name].to_pylist(), [arrays[name] for arrays in latents]
    )


def test_arrays_and_files_hold_the_same(tmp_path):
  """As tables do."""
  pixels, results = _images(3)
  shard_files.write(tmp_path / "files", results, "png")
  shard_files.write(tmp_path / "arrays", results, "npz")
  arrays = np.load(tmp_path / "arrays" / "arrays.npz")
  np.testing.assert_array_equal(arrays["images"], pixels)
  np.testing.assert_array_equal(arrays["index"], [10, 11, 12])
  for i, image in enumerate(pixels):
    made = Image.open(tmp_path / "files" / f"{10 + i:08d}.png")
    np.testing.assert_array_equal(made, image)


@pytest.mark.parametrize("kind", shard_formats.WRITERS)
def test_a_shard_without_images_has_an_index_alone(tmp_path, kind):
  """And what it took."""
  failed = [Result(0, "a.png", error="it is damaged")]
  assert shard_files.write(tmp_path / "shard", failed, kind).images == 0
  names = sorted(file.name for file in (tmp_path / "shard").iterdir())
  assert names == ["cost.json", "index.jsonl"]
