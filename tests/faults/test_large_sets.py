"""Two hundred thousand images, in memory that does not grow."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.data import batches, image_arrays, image_source, streaming
from experiments.data.window import Window

_COUNT = 200_000
_FILES = 20
_SIDE = 16
_BATCH = 500

pytestmark = pytest.mark.slow_faults


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
  return tmp_path_factory.mktemp("large")


def _streamed(folder):
  """PNGs of noise in twenty files; the label of each is its number."""
  kinds = [
    tf.io.encode_png(image).numpy()
    for image in np.random.default_rng(0).integers(
      0, 256, (100, _SIDE, _SIDE, 3), dtype=np.uint8
    )
  ]
  per_file = _COUNT // _FILES
  files = [str(folder / f"{i}.tfrecord") for i in range(_FILES)]
  for i, file in enumerate(files):
    with tf.io.TFRecordWriter(file) as writer:
      for n in range(i * per_file, (i + 1) * per_file):
        writer.write(n.to_bytes(4, "little") + kinds[n % 100])

  def parse(string):
    number = tf.io.decode_raw(tf.strings.substr(string, 0, 4), tf.int32)[0]
    image = tf.io.decode_png(tf.strings.substr(string, 4, -1), channels=3)
    return {"image": image, "label": number}

  records = image_source.Records(
    files=files, counts=[per_file] * _FILES, parse=parse
  )
  return streaming.StreamedSplit(records, Window(size=_SIDE), has_labels=True)


def _cached(folder):
  """The decoded images as the cache keeps them, read row by row."""
  images = np.lib.format.open_memmap(
    folder / "images.npy", "w+", np.uint8, (_COUNT, _SIDE, _SIDE, 3)
  )
  for start in range(0, _COUNT, 10_000):
    images[start : start + 10_000] = start % 256
  images.flush()
  del images
  rows = image_arrays.ImageRows(folder / "images.npy")
  return batches.Split(rows, np.arange(_COUNT))


def _resident_mb():
  with open("/proc/self/statm", encoding="ascii") as file:
    pages = file.read().split()[1]
  return int(pages) * 4096 / 2**20


@pytest.mark.parametrize("make", [_streamed, _cached])
def test_memory_is_flat_over_an_epoch_of_200_000_images(folder, make, record):
  """Every image is seen once; the last tenth needs no more than the second."""
  split = make(folder)
  seen, memory = np.zeros(_COUNT, int), []
  steps = _COUNT // _BATCH
  stream = split.training_batches(_BATCH, seed=0).take(steps)
  for i, batch in enumerate(stream.as_numpy_iterator()):
    assert batch["image"].shape == (_BATCH, _SIDE, _SIDE, 3)
    np.add.at(seen, batch["label"], 1)
    if (i + 1) % (steps // 10) == 0:
      memory.append(_resident_mb())
  assert np.all(seen == 1)
  # The images are 154 MB decoded.
  assert max(memory[2:]) - memory[1] < 30, memory
  record(
    fault=f"200,000 {make.__name__[1:]} images, memory of "
    f"{memory[1]:.0f} to {max(memory[2:]):.0f} MB"
  )
