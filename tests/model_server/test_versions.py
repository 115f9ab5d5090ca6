"""Versions come and go while calls are answered."""

import concurrent.futures
import gc
import os
import shutil
import threading
import weakref

import pytest
import tensorflow as tf

from pyramid_tf import saved_models
from pyramid_tf.served_inputs import Input

pytest.importorskip("kserve", reason="the model server needs kserve")

from experiments.model_server import app, sources  # noqa: E402
from experiments.model_server.repository import Repository  # noqa: E402
from experiments.model_server.sources import Source  # noqa: E402
from experiments.model_server.versions import Versions  # noqa: E402


@pytest.fixture(scope="module")
def multiples(tmp_path_factory):
  """Exports that multiply by 1, 2 and 3."""

  def export(factor):
    path = tmp_path_factory.mktemp("multiple")
    times = saved_models.signature(
      lambda x: {"y": factor * x}, x=Input((None, 2), tf.float32)
    )
    return saved_models.save(path, {"times": times}, "times", [])

  return {factor: export(float(factor)) for factor in (1, 2, 3)}


@pytest.fixture
def folder(tmp_path, multiples):
  """A folder of versions with version 1."""
  shutil.copytree(multiples[1], tmp_path / "model" / "1")
  return tmp_path / "model"


def _factor(version):
  [[y, _]] = version.signatures["times"](x=tf.ones((1, 2)))["y"].numpy()
  return y


def test_the_newest_whole_version_answers(folder, multiples):
  """When its files have looked the same twice; the one before is let go of."""
  versions = Versions("model", folder)
  versions.refresh(settled=True)
  assert versions.numbers == [1]
  shutil.copytree(multiples[2], folder / "10")
  assert not versions.refresh()
  assert versions.numbers == [1]
  assert versions.refresh()
  assert versions.numbers == [10] and _factor(versions.get()) == 2
  assert versions.get(1) is None
  assert not versions.refresh()


def test_a_call_ends_with_the_version_it_began_with(folder, multiples):
  """And the version's memory is free when its last call has ended."""
  versions = Versions("model", folder)
  versions.refresh(settled=True)
  held = versions.get()
  watched = weakref.ref(held)
  shutil.copytree(multiples[2], folder / "2")
  versions.refresh(settled=True)
  gc.collect()
  assert watched() is held and _factor(held) == 1
  assert _factor(versions.get()) == 2
  del held
  # The next look at the disk lets go of it.
  gc.disable()
  try:
    assert not versions.refresh()
  finally:
    gc.enable()
  assert watched() is None


def test_several_versions_stay_if_asked_for(folder, multiples):
  """The newest ones, and an older one comes back when a newer goes."""
  for number in (2, 3):
    shutil.copytree(multiples[number], folder / str(number))
  versions = Versions("model", folder, keep=2)
  versions.refresh(settled=True)
  assert versions.numbers == [2, 3]
  assert [_factor(versions.get(n)) for n in (2, 3)] == [2, 3]
  shutil.rmtree(folder / "3")
  versions.refresh()
  assert versions.numbers == [1, 2] and _factor(versions.get()) == 2


def test_an_export_in_the_same_place_is_taken_up(folder, multiples):
  """As a training leaves it when it ends a second time."""
  versions = Versions("model", folder)
  versions.refresh(settled=True)
  shutil.copytree(multiples[3], folder / ".1.partial")
  os.rename(folder / "1", folder / ".1.previous")
  # Where nothing is whole, what is loaded stays.
  assert not versions.refresh() and _factor(versions.get()) == 1
  os.rename(folder / ".1.partial", folder / "1")
  versions.refresh()
  versions.refresh()
  assert _factor(versions.get()) == 3


@pytest.mark.parametrize("file", ["saved_model.pb", "fingerprint.pb"])
def test_a_damaged_version_is_told_once(folder, multiples, caplog, file):
  """And the one before goes on."""
  versions = Versions("model", folder)
  versions.refresh(settled=True)
  shutil.copytree(multiples[2], folder / "2")
  (folder / "2" / "saved_model.pb").write_bytes(b"damaged")
  (folder / "2" / file).write_bytes(b"damaged")
  for _ in range(3):
    versions.refresh(settled=True)
  assert versions.numbers == [1] and _factor(versions.get()) == 1
  assert caplog.text.count("Version 2 of model cannot be loaded") == 1


def test_a_swap_under_load_loses_no_call(folder, multiples):
  """Every call is answered, by the old version and then by the new."""
  with concurrent.futures.ThreadPoolExecutor(4) as threads:
    repository = Repository([Source("model", folder)], threads)
    answers, stop = [], threading.Event()

    def call():
      while not stop.is_set():
        answers.append(_factor(repository.get_model("model").version()))

    calls = [threads.submit(call) for _ in range(3)]
    for number in (2, 3):
      shutil.copytree(multiples[number], folder / str(number))
      repository.refresh()
      repository.refresh()
      seen = len(answers)
      while len(answers) < seen + 20:
        pass
    stop.set()
    for one in calls:
      one.result()
  assert answers == sorted(answers) or set(answers) == {1, 2, 3}
  assert answers[-1] == 3 and {1, 2, 3} == set(answers)


def test_a_version_is_addressed_by_its_number(folder, multiples):
  """As NAME@VERSION or NAME-VERSION, while it is loaded."""
  shutil.copytree(multiples[2], folder / "2")
  with concurrent.futures.ThreadPoolExecutor(1) as threads:
    repository = Repository([Source("model", folder)], threads, keep=2)
    assert _factor(repository.get_model("model").version()) == 2
    for mark in "@-":
      asked = repository.get_model(f"model{mark}1")
      assert _factor(asked.version()) == 1 and asked.name == "model@1"
      assert repository.get_model(f"model{mark}3") is None
      assert repository.get_model(f"model{mark}") is None
      assert repository.get_model(f"{mark}1") is None


def test_a_version_is_never_a_model_of_a_similar_name(tmp_path, multiples):
  """Folders such as runs/demo and runs/demo-1, whatever else they hold."""
  from fastapi.testclient import TestClient

  for name, factor in (("demo", 2), ("demo-1", 3), ("demo@1", 1)):
    shutil.copytree(multiples[factor], tmp_path / name / "1")
  found = sources.find([tmp_path], None)
  assert {source.name for source in found} == {"demo", "demo-1", "demo_1"}
  with concurrent.futures.ThreadPoolExecutor(1) as threads:
    repository = Repository(found, threads)
    gate = app.make(repository, app.CheckedDataPlane(repository))
    client = TestClient(gate, base_url="http://127.0.0.1")

    def factor(path):
      asked = {"inputs": [[1.0, 1.0]]}
      answer = client.post(f"/v1/models/{path}:predict", json=asked)
      assert answer.status_code == 200, answer.text
      return answer.json()["outputs"]["y"][0][0]

    assert factor("demo") == factor("demo/versions/1") == factor("demo@1") == 2
    assert factor("demo-1") == factor("demo-1/versions/1") == 3


def test_folders_of_all_kinds_are_found(tmp_path, multiples, edited_run):
  """Versions, what experiments.export makes, and folders of these."""
  shutil.copytree(multiples[1], tmp_path / "many" / "plain" / "4")
  made = tmp_path / "many" / "made of parts"
  for part in ("cascade", "level_0"):
    shutil.copytree(multiples[2], made / part / "saved_model" / "1")
  run, data = edited_run
  (made / "made_by.json").write_text(f'{{"exports_of": "{run}"}}')
  found = {
    source.name: source for source in sources.find([tmp_path / "many"], None)
  }
  assert set(found) == {"plain", "made_of_parts", "made_of_parts.level_0"}
  assert found["made_of_parts"].run == run
  assert found["made_of_parts"].data == data
  assert found["plain"].run is None
  [same] = sources.find([tmp_path / "many" / "plain"], None)
  assert same == found["plain"]


def test_a_run_without_exports_is_exported(edited_run, tmp_path):
  """Into the server's own folder; the run's stays as it is."""
  run, data = edited_run
  found = sources.find([run], tmp_path)
  assert [s.name for s in found] == ["demo", "demo.level_0", "demo.level_1"]
  assert [s.run for s in found] == [run, None, None]
  assert found[0].data == data
  assert (tmp_path / "demo/cascade/saved_model/1/saved_model.pb").is_file()


def test_what_holds_no_model_is_refused(tmp_path, multiples):
  """Before anything is served; so are two of one name."""
  from experiments.system import errors

  with pytest.raises(errors.UserError, match="no run, no bundle"):
    sources.find([tmp_path], tmp_path)
  with pytest.raises(errors.UserError, match="no run, no bundle"):
    sources.find([tmp_path / "nowhere"], tmp_path)
  for place in ("a", "b"):
    shutil.copytree(multiples[1], tmp_path / place / "model" / "1")
  with pytest.raises(errors.UserError, match="Two models are called model"):
    sources.find([tmp_path / "a", tmp_path / "b"], tmp_path)
