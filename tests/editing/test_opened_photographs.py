"""An opened photograph: its levels, paintings, regions and windows."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from experiments.config.data_config import DataConfig
from experiments.data.window import Window
from experiments.editing.session import EditSession
from experiments.system import errors
from pyramid_tf import images, pyramid

# The centred square begins at column 8; the model sees 16 pixels.
_SHAPE, _LEFT = (40, 56), 8


def test_the_model_sees_what_training_and_reconstruct_see(session, run, pixels):
  """Pixel for pixel: the window is cut by the same code."""
  for window in (
    Window(size=16),
    Window(size=16, crop=24, top=2, left=3),
    Window.for_model(run.config.data, box=(8, 4, 32)),
  ):
    opened = session.open(pixels, window)
    seen = window.cut(tf.constant(pixels))
    np.testing.assert_array_equal(opened.levels[0], seen)
    rebuilt = run.model.reconstruct_levels(images.from_uint8(seen[None]))
    for level, expected in zip(opened.reconstructions, rebuilt, strict=True):
      expected = images.to_uint8(expected)[0].numpy()
      np.testing.assert_allclose(level, expected, atol=1)


def test_every_level_of_a_photograph_can_be_seen(opened, run):
  """Its Gaussian pyramid, finest first."""
  config = run.config.model
  image = images.from_uint8(opened.levels[0][None])
  blurred = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
  for level, expected in zip(opened.levels, blurred, strict=True):
    np.testing.assert_array_equal(level, images.to_uint8(expected)[0])


def test_paintings_of_either_size_show_at_the_level(opened, pixels):
  """Over the photograph before it shrinks, or over the level itself."""
  large = np.zeros((*_SHAPE, 4), np.uint8)
  large[:, _LEFT : _LEFT + 20] = [255, 0, 0, 255]
  small = np.zeros((8, 8, 4), np.uint8)
  small[:, :4] = [255, 0, 0, 255]
  for paint in (large, small):
    coarse = opened.painted(paint, 1)
    assert coarse.shape == (8, 8, 3) and coarse.dtype == np.float32
    np.testing.assert_allclose(
      coarse[:, :3], np.broadcast_to([1.0, -1.0, -1.0], (8, 3, 3)), atol=0.1
    )
    original = images.from_uint8(opened.levels[1])
    np.testing.assert_allclose(coarse[:, 5:], original[:, 5:], atol=0.1)
  region = opened.region(small[:, :, 3], 1)
  np.testing.assert_array_equal(region, large[:, :, 3])


def test_transparent_paint_changes_nothing(opened):
  """The coarse image is that of the photograph."""
  for shape in (_SHAPE, (4, 4)):
    coarse = opened.painted(np.zeros((*shape, 4), np.uint8), 2)
    np.testing.assert_allclose(
      images.to_uint8(coarse), opened.levels[2], atol=1
    )


@pytest.mark.parametrize("level", [0, 3, -1])
def test_a_level_leaves_something_to_draw(session, level):
  """The coarsest is the default."""
  assert session.level(None) == session.level(2) == 2
  with pytest.raises(errors.UserError, match=f"level={level}: .* 1 to 2"):
    session.level(level)


def test_sizes_that_do_not_go_with_the_photograph_are_refused(opened):
  """Nothing is stretched."""
  with pytest.raises(errors.UserError, match="9x8.*56x40.*8x8.*level 1"):
    opened.painted(np.zeros((8, 9, 4), np.uint8), 1)
  for shape in ((9, 8), (16, 16)):
    with pytest.raises(errors.UserError, match="mask.*56x40.*8x8.*level 1"):
      opened.region(np.zeros(shape, np.uint8), 1)


@pytest.mark.parametrize("box", [(30, 0, 40), (0, -1, 9), (0, 0, 0)])
def test_a_window_lies_inside_the_photograph(session, pixels, box):
  """Else its place and its side are named."""
  window = Window.for_model(session.data, box=box)
  words = rf"window of {box[2]} pixels at \({box[0]}, {box[1]}\).*box"
  with pytest.raises(errors.UserError, match=words):
    session.open(pixels, window)


def test_a_region_lies_inside_the_window(session, pixels, paint):
  """What the model does not see, it cannot draw."""
  window = Window.for_model(session.data, box=(0, 0, 20))
  with pytest.raises(errors.UserError, match="region.*20 pixels.*box"):
    session.open(pixels, window).region(paint[:, :, 3], 1)


def test_a_class_conditional_model_cannot_edit():
  """A photograph names no class."""
  model = small_models.lapgan(num_levels=2, num_classes=3)
  data = DataConfig(name="faces", size=model.config.sizes[0])
  with pytest.raises(errors.UserError, match="class-conditional"):
    EditSession(model, data)
