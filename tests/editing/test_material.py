"""Photographs, paintings and masks from files, and files that are none."""

import json

import numpy as np
import pytest
from PIL import Image

from experiments.config.requests.edit import EditRequest
from experiments.editing import material
from experiments.system import errors

_LINE = {"color": "red", "width": 3, "points": [[1, 2], [4, 2]]}


@pytest.fixture
def save(tmp_path):
  """`save(name, content)`: pixels as an image, or JSON values; a path."""

  def write(name, content, **options):
    path = tmp_path / name
    if isinstance(content, np.ndarray):
      Image.fromarray(content).save(path, **options)
    else:
      path.write_text(
        content if isinstance(content, str) else json.dumps(content)
      )
    return str(path)

  return write


@pytest.fixture
def read(save):
  """`read(**files)`: the material of an edit of a photograph of 4 by 6."""

  def of(**files):
    save("photo.png", np.zeros((4, 6, 3), np.uint8))
    image = files.pop("image", save("photo.png", np.zeros((4, 6, 3), np.uint8)))
    return material.read(EditRequest(image=image, **files))

  return of


def _pixels(shape, pixel, value):
  pixels = np.zeros(shape, np.uint8)
  pixels[pixel] = value
  return pixels


def test_a_painting_keeps_color_and_opacity(save, read):
  """Whatever the mode of the file is."""
  pixels = _pixels((3, 5, 4), (1, 2), [255, 51, 0, 102])
  paint = read(paint=save("p.png", pixels)).paint
  np.testing.assert_array_equal(paint, pixels)
  grey = np.asarray(Image.fromarray(pixels).convert("LA"))
  assert read(paint=save("grey.png", grey)).paint[1, 2, 3] == 102


def test_a_painting_of_deep_greys_keeps_its_brightness(save, read):
  """16 bits are scaled to 8 rather than clipped; a mask says where it is."""
  grey = np.arange(0, 240, 10, dtype=np.uint16).reshape(4, 6)
  mask = save("m.png", np.full((4, 6), 255, np.uint8))
  paint = read(paint=save("16.png", grey * 257), mask=mask).paint
  np.testing.assert_array_equal(paint[:, :, :3], grey[:, :, None].repeat(3, 2))
  assert (paint[:, :, 3] == 255).all()
  with pytest.raises(errors.UserError, match="no transparent pixel"):
    read(paint=save("16.png", grey * 257))


def test_a_mask_is_its_brightness(save, read):
  """White changes, black does not, and grey changes partly."""
  pixels = _pixels((4, 6, 3), (0, 0), 255)
  pixels[3, 5] = 51
  expected = pixels[:, :, 0]
  np.testing.assert_array_equal(read(mask=save("m.png", pixels)).mask, expected)
  deep = expected.astype(np.uint16) * 257
  np.testing.assert_array_equal(read(mask=save("16.png", deep)).mask, expected)


@pytest.mark.parametrize("kind", ["2 of 255", "JPEG", "transparent white"])
def test_what_is_black_to_the_eye_does_not_change(save, read, kind, caplog):
  """Traces of black are named in the log; transparent white is no region."""
  caplog.set_level("INFO", logger="absl")
  pixels = np.zeros((32, 32, 4), np.uint8)
  pixels[10:18, 10:18] = 255
  if kind == "2 of 255":
    pixels[pixels[:, :, 3] == 0] = [2, 2, 2, 255]
  elif kind == "transparent white":
    pixels[:, :, :3] = 255
  if kind == "JPEG":
    path = save("m.jpg", pixels[:, :, :3].copy(), quality=60)
  else:
    path = save("m.png", pixels)
  mask = read(mask=path).mask
  assert not mask[:6].any() and not mask[22:].any()
  assert mask[12:16, 12:16].min() > 200
  if kind != "transparent white":
    assert "nearly black" in caplog.text and path in caplog.text


def test_traces_of_paint_do_not_change_anything(save, read, caplog):
  """A layer that is not quite empty."""
  caplog.set_level("INFO", logger="absl")
  pixels = np.full((4, 6, 4), 3, np.uint8)
  pixels[1, 1] = 255
  paint = read(paint=save("layer.png", pixels)).paint
  assert np.count_nonzero(paint[:, :, 3]) == 1
  assert "23 pixels" in caplog.text


def test_masks_are_turned_as_photographs_are(save, read):
  """By the orientation that a camera or an editor has stored."""
  exif = Image.Exif()
  exif[0x0112] = 6
  pixels = np.zeros((32, 64), np.uint8)
  pixels[:, 32:] = 255
  mask = read(mask=save("m.jpg", pixels, exif=exif)).mask
  assert mask.shape == (64, 32)
  assert mask[40:].min() > 200 and not mask[:24].any()


def test_strokes_are_drawn_on_the_photograph(save, read):
  """In its pixels; their colours count."""
  paint = read(strokes=save("s.json", [_LINE])).paint
  assert paint.shape == (4, 6, 4)
  np.testing.assert_array_equal(paint[2, 3], [255, 0, 0, 255])


def test_equal_contents_have_equal_digests(save, read):
  """Whatever the files are called; other contents have others."""
  first, copy, other = (
    read(strokes=save(name, [dict(_LINE, width=width)])).digests
    for name, width in (("a.json", 3), ("b.json", 3), ("c.json", 2))
  )
  assert first == copy and set(first) == {"image", "strokes"}
  assert other["strokes"] != first["strokes"]
  assert other["image"] == first["image"]


def test_a_home_folder_may_be_a_tilde(save, read, tmp_path, monkeypatch):
  """In every path."""
  monkeypatch.setenv("HOME", str(tmp_path))
  save("mask.png", _pixels((4, 6), (1, 1), 255))
  save("s.json", [_LINE])
  edited = read(image="~/photo.png", mask="~/mask.png", strokes="~/s.json")
  assert edited.mask.any() and edited.paint.any()


@pytest.mark.parametrize(
  "field, content, words",
  [
    ("paint", np.full((4, 4, 3), 9, np.uint8), "no transparent.*--mask"),
    ("paint", np.zeros((4, 4, 4), np.uint8), "transparent all over"),
    ("mask", np.zeros((4, 4), np.uint8), "black"),
    ("mask", np.full((4, 4), 2, np.uint8), "black"),
    ("mask", "no picture", "cannot be read"),
    ("paint", "no picture", "cannot be read"),
    ("image", "no picture", "cannot be read"),
    ("strokes", "no JSON", '"width": 12'),
    ("strokes", [dict(_LINE, color=[10, 20])], "color.*form is"),
    ("strokes", [], "no stroke lies inside"),
    ("strokes", [dict(_LINE, points=[[100, 100]])], "no stroke lies inside"),
  ],
)
def test_a_file_that_says_nothing_is_named(save, read, field, content, words):
  """With the reason."""
  files = {"mask": save("fine.png", _pixels((4, 6), (1, 1), 255))}
  if field == "paint":
    files = {}
  files[field] = save("bad.file.png", content)
  with pytest.raises(errors.UserError, match=f"bad.file.png.*{words}"):
    read(**files)


@pytest.mark.parametrize("field", ["image", "mask", "paint", "strokes"])
def test_a_missing_file_is_named(read, field, save):
  """Also among others that are there."""
  files = {"mask": save("fine.png", _pixels((4, 6), (1, 1), 255))}
  files[field] = "missing.png"
  with pytest.raises(errors.UserError, match="missing.png cannot be read: No"):
    read(**files)


def test_an_opaque_painting_may_have_a_mask(save, read):
  """Which says where it was painted."""
  path = save("opaque.png", np.full((4, 6, 3), 9, np.uint8))
  mask = save("mask.png", _pixels((4, 6), (1, 1), 255))
  assert read(paint=path, mask=mask).paint.shape == (4, 6, 4)


def test_something_has_to_change(read):
  """All the ways to say it are named."""
  with pytest.raises(errors.UserError, match="--paint.*--strokes.*--mask"):
    read()


@pytest.mark.parametrize(
  "options, words",
  [
    ({"count": 0}, "--count=0"),
    ({"seed": -1}, "--seed=-1"),
    ({"seed": 10**23}, "--seed=1000"),
    ({"temperature": float("nan")}, "--temperature=nan"),
    ({"temperature": float("inf")}, "--temperature=inf"),
    ({"temperature": 1e39}, "--temperature=1e"),
    ({"temperature": -0.1}, "--temperature=-0.1"),
    ({"blend": "cut"}, "--blend=cut.*poisson"),
    ({"onto": "paper"}, "--onto=paper.*original"),
    ({"box": (0, 0, 4), "training_crop": True}, "--box.*--crop"),
    ({"paint": "a", "strokes": "b"}, "--paint.*--strokes"),
    ({"image": "a", "mask": "b", "fit": True}, "--fit.*--paint"),
  ],
)
def test_a_request_out_of_range_cannot_be_made(options, words):
  """By programs either; the value and the rule are named."""
  with pytest.raises(errors.UserError, match=words):
    EditRequest(**options)
