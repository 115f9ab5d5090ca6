"""What a command may call a run."""

import pathlib
import shutil

import numpy as np
import pytest
from support import commands, hub_server, small_runs

from experiments.runs import named_runs, run_names, trained_run
from experiments.runs.bundle_folder import BundleFolder
from experiments.system import errors
from experiments.training.run_dir import RunDir

pytest.importorskip("huggingface_hub")


@pytest.fixture(scope="module")
def bundle(lapcvae_run, tmp_path_factory):
  """The folder of a bundle of the run."""
  out = tmp_path_factory.mktemp("bundles") / "demo"
  run = f"--run_dir={lapcvae_run.run_dir.path}"
  done = commands.call_here("bundle", run, f"--out={out}")
  assert done.returncode == 0, done.stderr
  return out


@pytest.fixture
def shipped(bundle, tmp_path, monkeypatch):
  """A folder of bundles in the place of the project's."""
  shutil.copytree(bundle, tmp_path / "pretrained" / "lapcvae_demo")
  monkeypatch.setattr(run_names, "PRETRAINED", tmp_path / "pretrained")
  return tmp_path / "pretrained"


@pytest.fixture
def hub(tmp_path, monkeypatch):
  """A hub on this machine, a login, and nothing fetched yet."""
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
  run_names._fetched.cache_clear()
  with hub_server.serving() as hub:
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
  run_names._fetched.cache_clear()


def _assert_draw_alike(name, other):
  drawn = (trained_run.load(n).draw(3, seed=2)[0] for n in (name, other))
  np.testing.assert_array_equal(*drawn)


def test_folders_are_told_apart_by_what_they_hold(lapcvae_run, bundle):
  """A damaged bundle is still none of a training."""
  assert isinstance(run_names.find(lapcvae_run.run_dir.path), RunDir)
  assert isinstance(run_names.find(bundle), BundleFolder)
  [run] = named_runs.read([str(bundle)])
  assert (run.name, run.preset) == ("demo", "tiny")
  assert run.config.model == lapcvae_run.config.model
  assert run.config.training == lapcvae_run.config.training


def test_what_comes_with_the_project_goes_by_its_name(shipped, lapcvae_run):
  """The same model as that of the run."""
  assert run_names.pretrained_names() == ["lapcvae_demo"]
  [run] = named_runs.read(["pretrained:lapcvae_demo"])
  assert run.name == "lapcvae_demo"
  _assert_draw_alike("pretrained:lapcvae_demo", lapcvae_run.run_dir.path)


def test_an_unknown_name_is_answered_with_those_that_exist(shipped):
  """And where there are none, with that."""
  with pytest.raises(errors.UserError, match="there is pretrained:lapcvae_d"):
    run_names.find("pretrained:other")
  shutil.rmtree(shipped)
  message = commands.refusal("sample", "--run_dir=pretrained:lapcvae_demo")
  assert "there is none" in message and message.count("\n") == 1


def test_bundles_of_the_project_lie_in_its_package():
  """So that a wheel has them as well as a checkout."""
  root = pathlib.Path(run_names.__file__).parents[1]
  assert root / "pretrained" == run_names.PRETRAINED
  setup = (root.parent / "setup.py").read_text()
  assert '"pretrained/*/*"' in setup


def test_a_bundle_is_sent_and_fetched_by_name(hub, lapcvae_run, tmp_path):
  """It is private at first; without a network the fetched one is used."""
  run = str(lapcvae_run.run_dir.path)
  done = commands.call_here(
    "bundle", f"--run_dir={run}", f"--out={tmp_path / 'b'}", "--push=me/faces"
  )
  assert done.returncode == 0, done.stderr
  assert f"{hub.address}/me/faces" in done.stdout
  assert hub.private == {"me/faces"}
  sent = {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
  assert hub.models["me/faces"] == sent
  _assert_draw_alike("hub:me/faces", run)
  assert named_runs.read(["hub:me/faces"])[0].name == "faces"
  assert sum("GET /me/faces/resolve" in r for r in hub.requests) == 2
  hub.close()
  run_names._fetched.cache_clear()
  _assert_draw_alike("hub:me/faces", run)


def test_what_the_hub_does_not_have_is_named(hub, bundle):
  """Unknown names, other models, and a hub that cannot be reached."""
  with pytest.raises(errors.UserError, match="hub:me/none is not on the hub"):
    run_names.find("hub:me/none")
  hub.models["me/other"] = {"config.json": b'{"model_type": "bert"}'}
  with pytest.raises(errors.UserError, match="other holds no bundle"):
    named_runs.read(["hub:me/other"])
  with pytest.raises(errors.UserError, match="Write USER/NAME"):
    run_names.find("hub:../me")
  hub.close()
  message = commands.refusal("sample", "--run_dir=hub:me/faces")
  assert "Cannot fetch hub:me/faces" in message and message.count("\n") == 1


def test_a_hub_that_takes_nothing_leaves_the_bundle(hub, lapcvae_run, tmp_path):
  """What was made is whole, and the message says so."""
  hub.close()
  run = f"--run_dir={lapcvae_run.run_dir.path}"
  out = tmp_path / "b"
  message = commands.refusal("bundle", run, f"--out={out}", "--push=me/faces")
  assert "hub:me/faces" in message and "is whole" in message
  _assert_draw_alike(out, lapcvae_run.run_dir.path)
  message = commands.refusal("bundle", run, f"--out={out}2", "--push=faces")
  assert "USER/NAME" in message and not (tmp_path / "b2").exists()


def test_the_hub_needs_its_client(monkeypatch):
  """The message has the command that installs it."""
  monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
  with pytest.raises(errors.UserError, match="pip install huggingface-hub"):
    run_names.find("hub:me/faces")


@pytest.mark.parametrize("field", ["preset", "run", "metrics", "steps"])
def test_a_bundle_without_what_commands_need_is_named(bundle, tmp_path, field):
  """`from_bundle` reads less."""
  shutil.copytree(bundle, tmp_path / "b")
  path = tmp_path / "b" / "config.json"
  stored = small_runs.read_json(path)
  del stored[field]
  RunDir(tmp_path / "b").write_json("config.json", stored)
  with pytest.raises(errors.UserError, match=f"config.json.*has no {field}"):
    named_runs.read([str(tmp_path / "b")])
