"""What a page is told if it cannot do something with a photograph."""

import concurrent.futures
import io
import json
import struct
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from experiments.web_studio import uploads
from experiments.web_studio.worker import Worker


def test_only_the_newest_variations_can_be_chosen(page, painting):
  """Others were of another photograph, perhaps."""
  old = page.post("draw", json=painting)["drawing"]
  page.post("draw", json=painting)
  for path in (f"accept?drawing={old}&chosen=0", "accept?drawing=9&chosen=0"):
    assert "Draw again" in page.refusal(path)
  # Who only looks at variations is not told; who wants to keep one is.
  assert page.ask("GET", f"composites/{old}/0.png").status_code == 409
  for path in (
    f"composites/{old}/0.png?download=true",
    f"edit.json?drawing={old}&chosen=0",
  ):
    answer = page.ask("GET", path)
    assert answer.status_code == 422 and "Draw again" in answer.text


def test_looking_at_another_variation_replaces_no_download(
  make_client, new_page, pixels, painting
):
  """Both wait for the worker, and both are answered."""
  worker = Worker()
  page = new_page(make_client(worker=worker), pixels)
  number = page.post("draw", json=painting)["drawing"]
  released = threading.Event()
  worker.submit(lambda job: released.wait(30))
  with concurrent.futures.ThreadPoolExecutor() as pool:
    asked = []
    for path in ("0.png?download=true", "1.png"):
      path = f"composites/{number}/{path}"
      asked.append(pool.submit(page.ask, "GET", path))
      deadline = time.monotonic() + 10
      while len(worker._waiting) < len(asked) and time.monotonic() < deadline:
        time.sleep(0.01)
    released.set()
    assert [answer.result(30).status_code for answer in asked] == [200, 200]


def _bomb(width, height):
  """A PNG file of a few bytes that says it has so many pixels."""

  def chunk(kind, data):
    body = kind + data
    return (
      struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    )

  header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
  return (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", header)
    + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    + chunk(b"IEND", b"")
  )


def _truncated():
  file = io.BytesIO()
  noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
  Image.fromarray(noise).save(file, format="JPEG")
  return file.getvalue()[:900]


def _postscript():
  file = io.BytesIO()
  Image.new("RGB", (8, 8)).save(file, format="EPS")
  return file.getvalue()


@pytest.mark.parametrize(
  "content, words",
  [
    (b"", "not an image"),
    (b"<svg onload='alert(1)'/>", "not an image of a known format"),
    (_postscript(), "not an image of a known format"),
    (_truncated(), "truncated"),
    (_bomb(60_000, 60_000), "pixels"),
    (_bomb(6_000, 5_000), "24,000,000"),
    (_bomb(20_000, 1), "no side may be more than"),
  ],
  ids=["empty", "svg", "eps", "truncated", "bomb", "large", "thin"],
)
def test_a_bad_upload_is_a_message(page, pixels, content, words):
  """And the photograph that was open stays."""
  message = page.refusal("photograph", content=content)
  assert words in message and "JPEG, PNG" in message
  np.testing.assert_array_equal(page.picture("photograph.png"), pixels)


def test_too_many_bytes_are_not_read(page, monkeypatch):
  """Whether the browser says how many there are or not."""
  assert "Shrink" in page.refusal(
    "photograph", 413, content=b"x" * (uploads.MAX_BYTES + 1)
  )
  endless = (b"x" * 2**20 for _ in range(1000))
  assert "Shrink" in page.refusal("photograph", 413, content=endless)


@pytest.mark.parametrize(
  "change, words",
  [
    ({"paint": None}, "Nothing to change"),
    ({"paint": "%%%"}, "no image in base64"),
    ({"paint": "AAAA"}, "not an image"),
    ({"seed": -1}, "seed lies in"),
    ({"seed": 1.5}, "seed is an integer"),
    ({"seed": True}, "seed is an integer"),
    ({"temperature": 1e9}, "temperature lies in"),
    ({"temperature": "hot"}, "temperature is a number"),
    ({"count": 65}, "at most 64"),
    ({"count": 0}, "draw at least one"),
    ({"blend": "glue"}, "poisson, pyramid, feather"),
    ({"level": 0}, "levels that leave finer ones"),
    ({"level": 2}, "8x8"),
    ({"image": "/etc/passwd"}, "'image' is none of its fields"),
    ({"changes": [{}]}, "not both"),
    ({"paint": None, "changes": [{}]}, "3 levels"),
    ({"paint": None, "changes": [{"scale": -1}] * 3}, "scale lies in"),
    ({"paint": None, "changes": [{"source": "x"}] * 3}, "own, second, drawn"),
  ],
)
def test_a_step_that_cannot_be_drawn_is_a_message(
  page, painting, change, words
):
  """With the value, the rule and the remedy."""
  assert words in page.refusal("draw", json={**painting, **change})


@pytest.mark.parametrize(
  "content", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format": "x"}']
)
def test_what_is_no_edit_is_a_message(page, content):
  """Nothing of it reaches the worker."""
  assert "holds no edit" in page.refusal("edit", content=content)
  assert page.ask("POST", "draw", content=content).status_code == 422


def test_an_edit_of_another_pyramid_is_refused(page, painting):
  """Its painting would have another size."""
  drawing = page.post("draw", json=painting)["drawing"]
  saved = page.ask("GET", f"edit.json?drawing={drawing}&chosen=0").json()
  saved["model"]["sizes"] = [64, 32]
  words = page.refusal("edit", content=json.dumps(saved).encode())
  assert "[64, 32]" in words and "'tiny'" in words


def test_nothing_is_saved_before_anything_was_chosen(page):
  """There is no step to save."""
  answer = page.ask("GET", "edit.json")
  assert answer.status_code == 422 and "Nothing to save" in answer.text


def test_a_photograph_comes_first(client, new_page, painting):
  """Everything else says so."""
  page = new_page(client)
  for path, options in (
    ("draw", {"json": painting}),
    ("window", {"json": {"box": [0, 0, 8]}}),
    ("accept?drawing=1&chosen=0", {}),
  ):
    page.refusal(path, **options)
  assert "Open a photograph" in page.refusal("draw", json=painting)
  assert page.ask("GET", "photograph.png").status_code == 422
