"""Files of images that cannot be read are one message, and cost no step."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.config import data_config, training_config
from experiments.data import image_source, read_errors, streaming
from experiments.data.window import Window
from experiments.training import step_batches


@pytest.fixture
def damaged(tmp_path):
  """22 images in two files, the second of which ends in the middle of one."""
  image = tf.io.encode_png(np.zeros((4, 4, 3), np.uint8)).numpy()
  files = [tmp_path / name for name in ("whole", "damaged")]
  for file in files:
    with tf.io.TFRecordWriter(str(file)) as writer:
      for _ in range(11):
        writer.write(image)
  files[1].write_bytes(files[1].read_bytes()[:-20])

  def parse(string):
    decoded = tf.io.decode_png(string, channels=3)
    return {"image": decoded, "name": "", "problem": ""}

  records = image_source.Records(
    files=list(map(str, files)), counts=(11, 11), parse=parse
  )
  return streaming.StreamedSplit(records, Window(size=4), False, buffer=1)


def test_a_damaged_file_of_a_stream_is_one_message(damaged):
  with pytest.raises(data_config.DatasetUnavailable, match="are damaged"):
    damaged.photographs(22)


def test_a_damaged_file_ends_a_training_at_its_step(damaged):
  """Steps before it are taken."""
  strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
  config = training_config.TrainingConfig(steps=22, batch_size=1)
  stream = step_batches.StepBatches(damaged, config, strategy, 0)
  taken = []
  with pytest.raises(data_config.DatasetUnavailable, match="training images"):
    while len(taken) < 23:
      taken.append(next(stream))
  assert 0 < len(taken) < 22


def test_a_lack_of_memory_is_not_told_as_damaged_files():
  lack = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")
  with pytest.raises(type(lack)), read_errors.explained("An image"):
    raise lack
