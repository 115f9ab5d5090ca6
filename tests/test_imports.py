"""The layering of the repository, checked on the source of every module.

`_BELOW` is the table: a room imports itself and what stands in its row.
"""

import ast
import graphlib
import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_FAMILY_PACKAGES = ("lapcvae_tf", "lapgan_tf")
_PACKAGES = ("pyramid_tf", *_FAMILY_PACKAGES, "experiments")
_FAMILY_CONFIGS = (
  "lapcvae_tf.configs",
  "lapcvae_tf.consistent_presets",
  "lapcvae_tf.level_config",
  "lapcvae_tf.pixel_vae_config",
  "lapcvae_tf.presets",
  "lapgan_tf.configs",
  "lapgan_tf.level_config",
  "lapgan_tf.presets",
  "lapgan_tf.relativistic_presets",
)

_KNOWS_NO_FAMILY = ("system", "config", "data", "pyramid_tf")
_UP_TO_FAMILIES = (
  *_KNOWS_NO_FAMILY,
  *_FAMILY_PACKAGES,
  "training",
  "measures",
  "pictures",
  "families",
)
_UP_TO_RUNS = (*_UP_TO_FAMILIES, "runs")
_UP_TO_EDITING = (*_UP_TO_RUNS, "drawing", "editing")

# Room (or package) -> what it may import besides itself.
_BELOW = {
  "pyramid_tf": (),
  "lapcvae_tf": ("pyramid_tf",),
  "lapgan_tf": ("pyramid_tf",),
  "system": (),
  "config": ("system", "pyramid_tf", *_FAMILY_CONFIGS),
  "data": ("system", "config"),
  "training": ("system", "config", "data", "pictures"),
  "measures": _KNOWS_NO_FAMILY,
  "pictures": ("system",),
  "families": _UP_TO_FAMILIES,
  "runs": _UP_TO_FAMILIES,
  "drawing": _UP_TO_RUNS,
  "editing": _UP_TO_RUNS,
  "performance": _UP_TO_RUNS,
  "evaluation": _UP_TO_EDITING,
  "human_studies": _UP_TO_RUNS,
  "paper_figures": (*_UP_TO_EDITING, "human_studies"),
  "bundles": (*_UP_TO_EDITING, "evaluation"),
  "web_studio": (*_UP_TO_EDITING, "human_studies", "performance"),
  "model_server": (*_UP_TO_EDITING, "performance"),
  "batch_work": _UP_TO_EDITING,
  "cli": ("system", "config", "pyramid_tf.choices"),
}


def _name_of(path):
  parts = path.relative_to(_ROOT).with_suffix("").parts
  return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parsed(path):
  return ast.parse(path.read_text(encoding="utf-8"), str(path))


_MODULES = {
  _name_of(path): _parsed(path)
  for package in _PACKAGES
  for path in sorted((_ROOT / package).rglob("*.py"))
}


def _imports(module):
  """Full names of all that a module imports, inside functions as well."""
  for node in ast.walk(_MODULES[module]):
    if isinstance(node, ast.Import):
      yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
      assert node.level == 0, f"{module} imports relatively; write full names"
      for alias in node.names:
        submodule = f"{node.module}.{alias.name}"
        yield submodule if submodule in _MODULES else node.module


def _lies_in(module, *packages):
  return any(module == p or module.startswith(p + ".") for p in packages)


def _full_name(room):
  return room if _lies_in(room, *_PACKAGES) else f"experiments.{room}"


def _modules_in(*rooms):
  names = [_full_name(room) for room in rooms]
  return [module for module in _MODULES if _lies_in(module, *names)]


def _is_command(module):
  """Commands are the files of `experiments/` itself."""
  return (
    module.startswith("experiments.")
    and module.count(".") == 1
    and ((_ROOT / module.replace(".", "/")).with_suffix(".py").is_file())
  )


def _third_party(module):
  return {
    root
    for root in (name.split(".")[0] for name in _imports(module))
    if root not in sys.stdlib_module_names and root not in _PACKAGES
  }


@pytest.mark.parametrize("room", _BELOW)
def test_a_room_imports_only_what_stands_below_it(room):
  """Nothing reaches up, or across to a room of its own height."""
  allowed = [_full_name(name) for name in (room, *_BELOW[room])]
  for module in _modules_in(room):
    for name in _imports(module):
      if _lies_in(name, *_PACKAGES):
        assert _lies_in(name, *allowed), f"{module} imports {name}"


def test_every_module_lies_in_a_room_of_the_table():
  """A new room gets a row, and the other tests see all there are."""
  rooms = [_full_name(room) for room in _BELOW]
  for module in _MODULES:
    known = _lies_in(module, *rooms) or _is_command(module)
    assert known or module == "experiments", module
  for room in _BELOW:
    assert len(_modules_in(room)) > 2, room


@pytest.mark.parametrize("package", ("pyramid_tf", *_FAMILY_PACKAGES))
def test_models_need_tensorflow_and_numpy_alone(package):
  """Nothing else is on a serving machine; Keras needs and brings h5py."""
  for module in _modules_in(package):
    assert _third_party(module) <= {"tensorflow", "numpy", "h5py"}, module


def test_only_commands_know_flags():
  """Every room takes arguments, so that a program can call what a flag does."""
  for module, tree in _MODULES.items():
    if _is_command(module) or _lies_in(module, "experiments.cli"):
      continue
    for node in ast.walk(tree):
      if isinstance(node, ast.ImportFrom) and node.module == "absl":
        names = {alias.name for alias in node.names}
        assert names == {"logging"}, f"{module} imports {names} from absl"
    for name in _imports(module):
      assert not _lies_in(name, "absl.flags", "absl.app"), module


@pytest.mark.parametrize(
  "library, room",
  [
    ("tensorflow_datasets", "data"),
    ("matplotlib", "pictures"),
    ("huggingface_hub", "system"),
    ("fastapi", "web_studio human_studies model_server"),
    ("uvicorn", "web_studio human_studies model_server"),
    ("kserve", "model_server"),
    ("grpc", "model_server"),
    ("ray", "batch_work"),
    ("pyarrow", "batch_work"),
  ],
)
def test_a_slow_library_is_imported_by_few_rooms(library, room):
  """They are slow to import, or come with an extra."""
  users = [m for m in _MODULES if library in _third_party(m)]
  assert users and set(users) <= set(_modules_in(*room.split())), users


def test_configurations_need_no_tensorflow():
  """So that a mistyped option is refused in a fraction of a second."""
  for module in _modules_in("config", "system", "cli"):
    imported = _third_party(module)
    inside = module == "experiments.cli.program"
    assert "tensorflow" not in imported or inside, module


def test_imports_have_no_cycles():
  """Imports inside functions count: they may not hide one."""
  graph = {
    module: {name for name in _imports(module) if name in _MODULES}
    for module in _MODULES
  }
  list(graphlib.TopologicalSorter(graph).static_order())


def test_no_module_is_a_drawer_for_everything():
  """A name says what is inside."""
  names = {part for module in _MODULES for part in module.split(".")}
  drawers = {"utils", "util", "common", "helpers", "misc", "harness"}
  assert not names & drawers


def test_no_module_is_called_like_a_command_in_another_form():
  """Who looks for the work of `edit` finds a room, not a twin file."""
  commands = [m.rpartition(".")[2] for m in _MODULES if _is_command(m)]
  for module in _MODULES:
    if not _lies_in(module, "experiments") or _is_command(module):
      continue
    name = module.rpartition(".")[2]
    if _lies_in(module, "experiments.config.requests"):
      # A request has the very name of the command that takes it.
      assert name in (*commands, "requests"), module
      continue
    is_file = (_ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
    for command in commands:
      stem = command.rstrip("e")
      forms = {command, *(stem + end for end in ("er", "ing", "ed", "ion"))}
      assert not (is_file and name in forms), f"{module} beside {command}"


def test_only_commands_print():
  """Models, data and measures log, and a library says nothing on its own."""
  quiet = (
    "system",
    "config",
    "data",
    "training",
    "measures",
    "pictures",
    *("pyramid_tf", *_FAMILY_PACKAGES),
  )
  for module in _modules_in(*quiet):
    for node in ast.walk(_MODULES[module]):
      if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        assert node.func.id != "print", f"{module}:{node.lineno} prints"


def _modules_after(first, then):
  """What the second import adds to the modules of a fresh interpreter."""
  script = (
    f"import sys\n{first}\nbefore = set(sys.modules)\n{then}\n"
    "print(*sorted(set(sys.modules) - before))"
  )
  found = subprocess.run(
    [sys.executable, "-c", script],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    timeout=120,
    check=True,
  )
  return found.stdout.splitlines()[-1].split()


def test_importing_the_families_brings_only_themselves():
  """Keras may import matplotlib by itself; what is added counts."""
  families = _modules_in("pyramid_tf", *_FAMILY_PACKAGES)
  added = _modules_after(
    "import tensorflow as tf; tf.keras.Model; import numpy",
    f"import {', '.join(families)}",
  )
  assert "pyramid_tf.pyramid" in added and "lapcvae_tf.model" in added
  assert not [m for m in added if _lies_in(m, "experiments")]
  foreign = {m.split(".")[0] for m in added} - set(_PACKAGES)
  assert foreign <= {*sys.stdlib_module_names, "tensorflow", "keras", "numpy"}


@pytest.mark.parametrize("command", filter(_is_command, _MODULES))
def test_flags_are_read_before_tensorflow_is_imported(command):
  """Help and a mistyped flag take a moment, not ten seconds."""
  added = _modules_after("", f"import {command}")
  assert "experiments.cli.program" in added
  assert not [m for m in added if _lies_in(m, "tensorflow", "keras", "numpy")]
