"""What a page can do with a photograph."""

import numpy as np
from PIL import Image
from support import commands


def test_a_photograph_is_opened_with_the_largest_centred_square(page, pixels):
  """Pixel for pixel, and its pyramid can be seen."""
  state = page.ask("GET", "").json()
  assert (state["width"], state["height"]) == (56, 40)
  assert state["box"] == [8, 0, 40]
  np.testing.assert_array_equal(page.picture("photograph.png"), pixels)
  for kind in ("original", "reconstruction"):
    sides = [len(page.picture(f"levels/{kind}/{k}.png")) for k in range(3)]
    assert sides == [16, 8, 4]


def test_a_camera_s_rotation_and_transparency_count(
  client, new_page, image_files
):
  """As everywhere in the project: turned, and laid over white."""
  page = new_page(client)
  turned = Image.Exif()
  turned[0x0112] = 6
  picture = np.zeros((20, 30, 4), np.uint8)
  picture[:, :15] = [200, 0, 0, 255]
  state = page.post(
    "photograph", content=image_files["png"](picture, exif=turned)
  )
  assert (state["width"], state["height"]) == (20, 30)
  seen = page.picture("photograph.png")
  assert (seen[:15] == [200, 0, 0]).all() and (seen[15:] == 255).all()


def test_an_example_is_a_face_that_no_photograph_is_needed_for(
  client, new_page
):
  """Its number selects it."""
  page = new_page(client)
  state = page.post("example", params={"index": 3})
  assert state["width"] == state["height"] == 512
  before = page.picture("photograph.png")
  page.post("example", params={"index": 3})
  np.testing.assert_array_equal(page.picture("photograph.png"), before)


def test_the_window_can_be_placed(page):
  """Within the photograph."""
  assert page.post("window", json={"box": [2, 4, 30]})["box"] == [2, 4, 30]
  assert "does not lie inside" in page.refusal(
    "window", json={"box": [40, 0, 30]}
  )
  assert "three integers" in page.refusal("window", json={"box": [1.5, 0, 3]})
  assert page.ask("GET", "").json()["box"] == [2, 4, 30]


def test_a_drawing_has_variations_and_composites(page, painting, pixels):
  """Only the painted region of the photograph changes."""
  drawn = page.post("draw", json=painting)
  number = drawn["drawing"]
  assert drawn["count"] == 3
  for kind in ("previews", "drawn"):
    strip = page.picture(f"variations/{number}/{kind}.png")
    assert strip.shape == (16, 48, 3)
  answer = page.ask("GET", f"composites/{number}/1.png")
  left, top = map(int, answer.headers["studio-corner"].split(","))
  whole = page.picture(f"composites/{number}/1.png?download=true")
  changed = np.any(whole != pixels, axis=-1)
  assert changed.any()
  # Cells 2 to 6 of 8 in a window of 40 pixels from column 8 on.
  assert changed[10:20, 18:38].sum() == changed.sum()
  assert (left, top) == (
    np.flatnonzero(changed.any(0))[0],
    np.flatnonzero(changed.any(1))[0],
  )


def test_accepted_edits_can_be_stepped_through(page, painting):
  """Back and forth, bit for bit; a new edit ends what lay ahead."""
  seen = [page.picture("photograph.png")]
  for seed in (1, 2):
    drawn = page.post("draw", json={**painting, "seed": seed})
    page.post(f"accept?drawing={drawn['drawing']}&chosen=0")
    seen.append(page.picture("photograph.png"))
  assert not np.array_equal(seen[1], seen[2])
  for position in (0, 2, 1):
    state = page.post(f"history?position={position}")
    assert state["position"] == position and len(state["history"]) == 2
    np.testing.assert_array_equal(
      page.picture("photograph.png"), seen[position]
    )
  drawn = page.post("draw", json={**painting, "seed": 3})
  state = page.post(f"accept?drawing={drawn['drawing']}&chosen=2")
  assert state["position"] == len(state["history"]) == 2
  assert "no step 3" in page.refusal("history?position=3")


def test_a_saved_edit_is_the_same_pixels_everywhere(
  page, client, new_page, painting, studio_run, tmp_path, image_files
):
  """Opened in another page, and drawn again by `experiments.edit`."""
  mask = np.zeros((40, 40), np.uint8)
  mask[8:30, 10:25] = 255
  region = {"level": 2, "mask": image_files["base64_png"](mask), "count": 2}
  levels = {
    "changes": [{"source": "drawn"}, {"source": "second"}, {"scale": 0.5}],
    "mask": region["mask"],
    "count": 4,
    "seed": 9,
  }
  page.post("second_example", params={"index": 5})
  page.post("window", json={"box": [10, 0, 40]})
  for step, chosen in ((painting, 2), (region, 1), (levels, 3)):
    drawing = page.post("draw", json=step)["drawing"]
    if step is not levels:
      page.post(f"accept?drawing={drawing}&chosen={chosen}")
  result = page.picture(f"composites/{drawing}/{chosen}.png?download=true")
  saved = page.ask("GET", f"edit.json?drawing={drawing}&chosen={chosen}")
  other = new_page(client)
  state = other.post("edit", content=saved.content)
  assert state["position"] == 3 and state["box"] == [10, 0, 40]
  np.testing.assert_array_equal(other.picture("photograph.png"), result)
  assert other.ask("GET", "edit.json").content == saved.content
  (tmp_path / "edit.json").write_bytes(saved.content)
  done = commands.call_here(
    "edit",
    f"--edit={tmp_path / 'edit.json'}",
    f"--run_dir={studio_run}",
    f"--out={tmp_path / 'again'}",
  )
  assert done.returncode == 0, done.stderr
  again = image_files["decoded"]((tmp_path / "again/edit.png").read_bytes())
  np.testing.assert_array_equal(again, result)
  assert len(list((tmp_path / "again").glob("edit_*.png"))) == 4


def test_levels_change_one_by_one(page):
  """Nothing drawn gives equal variations; a swap needs a second photograph."""
  kept = {"changes": [{}, {}, {}], "count": 2}
  swapped = {"changes": [{}, {"source": "second"}, {}], "count": 1}
  assert "second photograph" in page.refusal("draw", json=swapped)

  def draw(step):
    number = page.post("draw", json=step)["drawing"]
    return page.picture(f"variations/{number}/drawn.png")

  both = draw(kept)
  np.testing.assert_array_equal(both[:, :16], both[:, 16:])
  rebuilt = page.picture("levels/reconstruction/0.png").astype(int)
  np.testing.assert_allclose(both[:, :16], rebuilt, atol=2)
  page.post("second_example", params={"index": 1})
  assert page.picture("second.png").shape == (16, 16, 3)
  assert not np.array_equal(draw(swapped), both[:, :16])
  scaled = draw({"changes": [{"scale": 0.0}, {}, {}], "count": 1})
  assert not np.array_equal(scaled, both[:, :16])


def test_a_lapgan_edits_too(client, new_page, pixels, image_files):
  """It draws regions, and has no latents to change."""
  page = new_page(client, pixels, "gan")
  assert not page.ask("GET", "").json()["reconstructs"]
  mask = np.full((8, 8), 255, np.uint8)
  step = {"level": 1, "mask": image_files["base64_png"](mask), "count": 2}
  page.post("draw", json=step)
  words = page.refusal("draw", json={"changes": [{}, {}]})
  assert "needs a model that encodes" in words
  assert page.post("model?model=tiny")["reconstructs"]


def test_a_saved_edit_begins_where_its_model_does(
  client, new_page, pixels, painting
):
  """What another model drew before is part of the photograph."""
  page = new_page(client, pixels, "gan")
  for model in ("gan", "tiny"):
    page.post(f"model?model={model}")
    drawing = page.post("draw", json=painting)["drawing"]
    page.post(f"accept?drawing={drawing}&chosen=0")
  result = page.picture("photograph.png")
  saved = page.ask("GET", "edit.json")
  assert saved.json()["model"]["run"] == "tiny"
  assert len(saved.json()["steps"]) == 1
  other = new_page(client)
  other.post("edit", content=saved.content)
  np.testing.assert_array_equal(other.picture("photograph.png"), result)
  page.post("history?position=0")
  np.testing.assert_array_equal(page.picture("photograph.png"), pixels)


def test_options_of_a_step_change_what_is_drawn(page, painting):
  """All of those that the page has."""

  def result(**options):
    step = {**painting, "count": 1, **options}
    number = page.post("draw", json=step)["drawing"]
    return page.picture(f"composites/{number}/0.png?download=true")

  plain = result()
  for option in (
    {"fit": True},
    {"base": "reconstructed"},
    {"keep_coarse": True},
    {"temperature": 0.0},
    {"blend": "feather"},
    {"onto": "reconstruction"},
    {"seed": 6},
  ):
    assert not np.array_equal(result(**option), plain), option
