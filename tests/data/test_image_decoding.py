"""Any image file becomes RGB, or says why it cannot."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from experiments.data import image_decoding

RED, GREEN = (255, 0, 0), (0, 255, 0)


def _encode(image, file_format="png", **options):
  buffer = io.BytesIO()
  image.save(buffer, file_format, **options)
  return buffer.getvalue()


def _decode(image, file_format="png", **options):
  return image_decoding.decode_rgb(_encode(image, file_format, **options))


@pytest.fixture
def picture():
  rows, columns = np.mgrid[0:20, 0:30]
  pixels = np.stack([rows * 12, columns * 8, rows + columns], -1)
  return Image.fromarray(pixels.astype(np.uint8))


@pytest.mark.parametrize("file_format", ["png", "bmp"])
def test_lossless_files_keep_their_pixels(picture, file_format):
  """Decoding adds no error of its own."""
  np.testing.assert_array_equal(_decode(picture, file_format), picture)


@pytest.mark.parametrize("file_format", ["jpeg", "webp"])
def test_lossy_files_come_close(picture, file_format):
  """The channels are in the right order and range."""
  decoded = _decode(picture, file_format, quality=95).astype(int)
  assert np.abs(decoded - np.asarray(picture)).mean() < 5


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_every_colour_mode_becomes_rgb(picture, mode):
  """The colours are those that the mode stands for."""
  file_format = "jpeg" if mode in ("CMYK", "YCbCr") else "png"
  source = picture.convert(mode)
  decoded = _decode(source, file_format).astype(int)
  assert decoded.shape == (20, 30, 3)
  expected = np.asarray(source.convert("RGB")).astype(int)
  assert np.abs(decoded - expected).mean() < 6


def test_sixteen_bit_greys_are_scaled():
  """Pillow alone would clip them, so that all but the darkest turn white."""
  grey = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
  decoded = _decode(Image.fromarray(grey))
  np.testing.assert_array_equal(decoded[0, :, 0], [0, 0, 1, 128, 255])
  np.testing.assert_array_equal(decoded[..., 0], decoded[..., 2])


def test_transparency_shows_white():
  """An alpha channel does so, and a transparent colour of a palette or RGB."""
  pixels = np.array(
    [[[255, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 128]]], np.uint8
  )
  decoded = _decode(Image.fromarray(pixels))
  np.testing.assert_array_equal(decoded[0, 0], RED)
  np.testing.assert_array_equal(decoded[0, 1], [255, 255, 255])
  np.testing.assert_allclose(decoded[0, 2], 127, atol=1)
  palette = Image.new("P", (2, 1), 0)
  palette.putpalette([*RED, *GREEN])
  palette.putpixel((1, 0), 1)
  for picture, transparent in ((palette, 0), (palette.convert("RGB"), RED)):
    decoded = _decode(picture, transparency=transparent)
    np.testing.assert_array_equal(decoded[0], [[255, 255, 255], GREEN])


def _profile(first, second):
  """That of sRGB by another name, with two of its three colours swapped."""
  srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
  name = ["".join(f"\0{c}" for c in word).encode() for word in ("sRGB", "mine")]
  header, table, rest = srgb[:128], srgb[128:264], srgb[264:].replace(*name)
  for old, new in ((first, b"swap"), (second, first), (b"swap", second)):
    assert table.count(old) == 1
    table = table.replace(old, new)
  return header + table + rest


def test_colours_of_a_profile_become_srgb():
  """What a profile calls red is shown as the green that it describes."""
  red = Image.new("RGB", (2, 2), RED)
  swapped = _profile(b"rXYZ", b"gXYZ")
  pixels = _decode(red, icc_profile=swapped).astype(int)
  np.testing.assert_allclose(pixels, np.broadcast_to(GREEN, (2, 2, 3)), atol=3)
  clear = Image.new("RGBA", (2, 2), (*RED, 0))
  assert np.all(_decode(clear, icc_profile=swapped) >= 252)


@pytest.mark.parametrize("profile", [b"damaged", None])
def test_profiles_that_say_nothing_leave_pixels(picture, profile):
  """That of sRGB itself, and one that cannot be read."""
  if profile is None:
    srgb = ImageCms.createProfile("sRGB")
    profile = ImageCms.ImageCmsProfile(srgb).tobytes()
  np.testing.assert_array_equal(_decode(picture, icc_profile=profile), picture)


def test_camera_orientation_is_applied(picture):
  """Orientation 6: the camera was turned, the picture is shown upright."""
  exif = Image.Exif()
  exif[0x0112] = 6
  decoded = _decode(picture, "png", exif=exif)
  expected = picture.transpose(Image.Transpose.ROTATE_270)
  np.testing.assert_array_equal(decoded, expected)


def test_an_animation_gives_its_first_frame():
  """The others are ignored."""
  frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN)]
  decoded = _decode(frames[0], "gif", save_all=True, append_images=frames[1:])
  np.testing.assert_array_equal(decoded, np.asarray(frames[0]))


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp", "gif", "bmp"])
def test_a_truncated_file_is_refused(picture, file_format):
  """Half an image must not pass for a whole one."""
  encoded = _encode(picture, file_format)
  with pytest.raises(ValueError):
    image_decoding.decode_rgb(encoded[: len(encoded) // 2])


@pytest.mark.parametrize(
  "encoded, message",
  [
    (b"<html>404 Not Found</html>", "not an image of a known format"),
    (b"", "the file is empty"),
  ],
)
def test_what_is_no_image_is_refused_in_words(encoded, message):
  """The reason goes into the log."""
  with pytest.raises(ValueError, match=message):
    image_decoding.decode_rgb(encoded)


@pytest.mark.parametrize(
  "width, height, message",
  [
    (12_000, 12_000, "12000x12000 pixels, and at most 134,217,728"),
    (60_000, 60_000, "more than 134,217,728 pixels"),
    (10_000, 1, "10000x1 pixels, and no side may be more than 50 times"),
    (7, 351, "7x351 pixels"),
  ],
)
def test_absurd_sides_are_refused_before_decoding(width, height, message):
  """A small file may claim to be an image that fills the memory."""
  encoded = bytearray(_encode(Image.new("RGB", (4, 4)), "bmp"))
  encoded[18:26] = struct.pack("<ii", width, height)
  with pytest.raises(ValueError, match=message):
    image_decoding.decode_rgb(bytes(encoded))


def test_long_images_are_read_up_to_the_limit():
  """Panoramas are far from it."""
  assert _decode(Image.new("RGB", (350, 7))).shape == (7, 350, 3)
