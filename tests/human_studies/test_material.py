"""Images of studies, from runs of tiny models, and the command's refusals."""

import importlib.util
import io

import numpy as np
import pytest
from PIL import Image
from support import commands, small_runs, small_studies

from experiments.config.data_config import DataConfig
from experiments.config.requests.study import StudyRequest
from experiments.data import datasets
from experiments.human_studies import material, service
from experiments.human_studies.study_file import StudyFile
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images


def _few(**options):
  """Four test images of the twelve that there are."""
  return small_studies.timed(
    durations=(50,), repeats=3, practice=2, seed=4, **options
  )


def _pixels(study, source):
  rows = study._all(
    "SELECT png FROM images WHERE source = ? ORDER BY number", source
  )
  pngs = [Image.open(io.BytesIO(row["png"])) for row in rows]
  return np.stack([np.asarray(png) for png in pngs])


def _test_images(tiny_runs):
  config = DataConfig(name=tiny_runs.name, size=16)
  return datasets.load(config, cache_dir=tiny_runs.cache).test.images()


def test_images_are_test_images_and_samples(tiny_runs, tmp_path):
  """As many of each; the real ones are different, and none is an example."""
  path = str(tmp_path / "study.sqlite")
  material.prepare(path, [tiny_runs.gan], _few(), cache_dir=tiny_runs.cache)
  study = StudyFile(path)
  assert study.sources == ("real", "gan") and study.size == 16
  real, drawn = _pixels(study, "real"), _pixels(study, "gan")
  assert real.shape == drawn.shape == (4, 16, 16, 3)
  known = {image.tobytes() for image in _test_images(tiny_runs)}
  assert len({image.tobytes() for image in real}) == 4
  assert {image.tobytes() for image in real} <= known
  expected = trained_run.load(tiny_runs.gan).draw(4, seed=4)[0]
  np.testing.assert_array_equal(drawn, expected)
  # Eight images of sixteen pixels, four times as large, in a row.
  with Image.open(io.BytesIO(study.examples)) as examples:
    sheet = np.asarray(examples)
  tiles = {
    sheet[2:66:4, 66 * i + 2 : 66 * (i + 1) : 4].tobytes() for i in range(8)
  }
  assert tiles == known - {image.tobytes() for image in real}


def test_pairs_are_reconstructions_of_the_original(
  tiny_runs, tmp_path, tiny_config
):
  """The image of a number is of the original of that number."""
  other = small_runs.write_run(
    tmp_path / "vae", tiny_config(1), DataConfig(name=tiny_runs.name, size=16)
  )
  path = str(tmp_path / "study.sqlite")
  material.prepare(
    path,
    [other, tiny_runs.cvae],
    StudyRequest(kind="which_is_better", pairs=2),
    cache_dir=tiny_runs.cache,
  )
  study = StudyFile(path)
  assert study.sources == ("real", "vae", "cvae")
  real = images.from_uint8(_pixels(study, "real"))
  for name, run in (("vae", other), ("cvae", tiny_runs.cvae)):
    rebuilt = trained_run.load(run).model.reconstruct(real)
    np.testing.assert_allclose(
      _pixels(study, name), images.to_uint8(rebuilt).numpy(), atol=1
    )


def test_a_study_is_made_once(tiny_runs, tmp_path, monkeypatch):
  """The same request goes on with it, another is refused."""
  path = str(tmp_path / "study.sqlite")
  material.prepare(path, [tiny_runs.gan], _few(), cache_dir=tiny_runs.cache)
  person = StudyFile(path).enrol()
  monkeypatch.setattr(trained_run, "load", None)
  material.prepare(path, [tiny_runs.gan], _few(), cache_dir=tiny_runs.cache)
  assert StudyFile(path).trials(person)
  with pytest.raises(errors.UserError, match="differs in request"):
    material.prepare(path, [tiny_runs.gan], _few(simulated=3))


@pytest.mark.parametrize(
  "runs, options, words",
  [
    (["gan"], {"kind": "which_is_better", "pairs": 1}, "2 runs.* names 1"),
    (
      ["cvae", "gan"],
      {"kind": "which_is_better", "pairs": 1},
      "LAPGAN, which has no encoder",
    ),
    (["gan"], {"repeats": 2}, "22 test images|26 test images"),
  ],
)
def test_runs_have_to_go_with_the_study(
  tiny_runs, tmp_path, runs, options, words
):
  """How many there are, what they are of, and how many images that takes."""
  request = StudyRequest(**{"kind": "real_or_generated", **options})
  with pytest.raises(errors.UserError, match=words):
    material.prepare(
      str(tmp_path / "study.sqlite"),
      [getattr(tiny_runs, run) for run in runs],
      request,
      cache_dir=tiny_runs.cache,
    )
  assert not (tmp_path / "study.sqlite").exists()


def test_runs_are_of_one_dataset(tiny_runs, tmp_path, tiny_config):
  """Real images of one are no measure for another."""
  other = small_runs.write_run(
    tmp_path / "faces", tiny_config(), DataConfig(name="faces", size=16)
  )
  with pytest.raises(errors.UserError, match="one dataset and size"):
    material.prepare(str(tmp_path / "s"), [tiny_runs.gan, other], _few())


@pytest.mark.parametrize(
  "options, words",
  [
    (["--out=missing.sqlite"], "missing.sqlite does not exist"),
    (["--out=s", "--repeats=3"], "--repeats: a study keeps"),
    (["--out=s", "--run_dirs=a"], "--kind=real_or_generated"),
    (
      ["--out=s", "--run_dirs=a", "--kind=real_or_generated", "--durations=x"],
      "x is no number",
    ),
    (["--out=s", "--run_dirs=a", "--csv=a.csv"], "leave out --run_dirs"),
    (["--out=s", "--csv=a.csv"], "s does not exist"),
  ],
)
def test_the_command_refuses_what_it_would_ignore(options, words):
  """And what is not there."""
  assert words in commands.refusal("study", *options)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch):
  """The pages are an extra."""
  monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
  with pytest.raises(errors.UserError, match=r"pip install -e '.\[studio\]'"):
    service.check_installed()


def test_a_taken_port_is_named(tmp_path):
  """Before anything is served."""
  with service._listening(0) as taken:
    port = taken.getsockname()[1]
    path = small_studies.write(tmp_path, small_studies.timed())
    with pytest.raises(errors.UserError, match=f"--port={port}"):
      service.serve(path, port)
