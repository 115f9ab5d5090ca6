"""Samples of any run, and refinements of a coarse image."""

import base64

import numpy as np
import pytest


def _pictures(encoded, count, image_files):
  strip = image_files["decoded"](base64.b64decode(encoded))
  return np.stack(np.split(strip, count, axis=1))


@pytest.mark.parametrize("model, levels", [("tiny", 3), ("gan", 2)])
def test_samples_have_all_their_levels(client, image_files, model, levels):
  """Equal seeds give equal images."""

  def draw(seed):
    answer = client.post(
      "/api/samples", json={"model": model, "count": 5, "seed": seed}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()

  drawn = draw(1)
  assert draw(1) == drawn != draw(2)
  shapes = [_pictures(level, 5, image_files).shape for level in drawn["levels"]]
  assert shapes == [(5, 16 >> k, 16 >> k, 3) for k in range(levels)]


@pytest.mark.parametrize("model", ["tiny", "gan"])
def test_a_coarse_image_has_many_refinements(client, image_files, model):
  """Which differ."""
  coarse = np.full((8, 8, 3), 120, np.uint8)
  asked = {
    "model": model,
    "level": 1,
    "coarse": image_files["base64_png"](coarse),
    "count": 3,
  }
  answer = client.post("/api/samples/refinements", json=asked)
  assert answer.status_code == 200, answer.text
  drawn = _pictures(answer.json()["images"], 3, image_files)
  assert drawn.shape == (3, 16, 16, 3)
  assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize(
  "asked, words",
  [
    ({"count": 101}, "1 to 100"),
    ({"count": "many"}, "count cannot be"),
    ({"seed": -1}, "seed lies in"),
    ({"temperature": 99}, "temperature lies in"),
    ({"model": "../runs"}, "There is no model"),
    ({"out": "/tmp/x"}, "'out' is none of"),
    ({"model": "gan", "temperature": 0.5}, "temperature"),
    ({"labels": ["cat"], "model": "gan"}, "not class-conditional"),
  ],
)
def test_what_cannot_be_sampled_is_a_message(client, asked, words):
  """With the remedy."""
  answer = client.post("/api/samples", json=asked)
  assert answer.status_code == 422 and words in answer.json()["error"]


@pytest.mark.parametrize(
  "change, words",
  [
    ({"level": 0}, "cannot be refined"),
    ({"level": 2}, "8x8"),
    ({"coarse": "AAAA"}, "coarse image cannot be read"),
    ({"coarse": None}, "coarse image cannot be read"),
    ({"seed": 2**40}, "seed lies in"),
  ],
)
def test_what_cannot_be_refined_is_a_message(
  client, image_files, change, words
):
  """A wrong level, size, picture or seed."""
  coarse = image_files["base64_png"](np.zeros((8, 8, 3), np.uint8))
  asked = {"model": "tiny", "level": 1, "coarse": coarse, **change}
  answer = client.post("/api/samples/refinements", json=asked)
  assert answer.status_code == 422 and words in answer.json()["error"]


def test_models_are_named_with_what_they_can(client):
  """So that the page offers no more."""
  tiny, gan = client.get("/api/models").json()
  assert tiny["name"] == "tiny" and tiny["sizes"] == [16, 8, 4]
  assert tiny["edits"] and tiny["encodes"] and not tiny["classes"]
  assert gan["edits"] and not gan["encodes"]
