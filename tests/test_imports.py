"""The layering of the repository, checked on the source of every module.

pyramid_tf             <- tensorflow, numpy
lapcvae_tf, lapgan_tf  <- pyramid_tf            (never each other)
experiments/harness    <- pyramid_tf            (never a family)
experiments/*.py       <- everything
"""

import ast
import graphlib
import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_FAMILIES = ("lapcvae_tf", "lapgan_tf")
_HARNESS = "experiments.harness"
_PROJECT = ("pyramid_tf", *_FAMILIES, "experiments")


def _name_of(path):
  parts = path.relative_to(_ROOT).with_suffix("").parts
  return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parsed(path):
  return ast.parse(path.read_text(encoding="utf-8"), str(path))


# A package that is not written yet has no files.
_MODULES = {
  _name_of(path): _parsed(path)
  for package in _PROJECT
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


def _modules_in(*packages):
  return [module for module in _MODULES if _lies_in(module, *packages)]


def _is_command(module):
  return _lies_in(module, "experiments") and not _lies_in(module, _HARNESS)


def _third_party(module):
  return {
    root
    for root in (name.split(".")[0] for name in _imports(module))
    if root not in sys.stdlib_module_names and root not in _PROJECT
  }


@pytest.mark.parametrize(
  "package, project, third_party",
  [
    ("pyramid_tf", (), {"tensorflow", "numpy"}),
    ("lapcvae_tf", ("pyramid_tf",), {"tensorflow", "numpy"}),
    ("lapgan_tf", ("pyramid_tf",), {"tensorflow", "numpy"}),
    (_HARNESS, ("pyramid_tf",), None),
  ],
)
def test_package_imports_only_what_lies_below_it(package, project, third_party):
  """A serving machine needs a family and TensorFlow, and nothing else."""
  for module in _modules_in(package):
    for name in _imports(module):
      if _lies_in(name, *_PROJECT):
        assert _lies_in(name, package, *project), f"{module} imports {name}"
    if third_party is not None:
      assert _third_party(module) <= third_party, module


def test_every_package_is_seen():
  """The other tests would pass on no modules at all."""
  for package in ("pyramid_tf", "lapcvae_tf", "experiments", _HARNESS):
    assert len(_modules_in(package)) > 3, package


def test_only_commands_know_flags():
  """Models and the harness take arguments."""
  for module, tree in _MODULES.items():
    if _is_command(module):
      continue
    for node in ast.walk(tree):
      if isinstance(node, ast.ImportFrom) and node.module == "absl":
        names = {alias.name for alias in node.names}
        assert names == {"logging"}, f"{module} imports {names} from absl"
    for name in _imports(module):
      assert not _lies_in(name, "absl.flags", "absl.app"), module


@pytest.mark.parametrize("library", ["tensorflow_datasets", "matplotlib"])
def test_only_the_harness_reads_datasets_and_plots(library):
  """Both are slow to import and needed on no serving machine."""
  for module in _MODULES:
    if not _lies_in(module, _HARNESS):
      assert library not in _third_party(module), module


def test_imports_have_no_cycles():
  """Imports inside functions count: they may not hide one."""
  graph = {
    module: {name for name in _imports(module) if name in _MODULES}
    for module in _MODULES
  }
  list(graphlib.TopologicalSorter(graph).static_order())


def test_no_module_is_a_drawer_for_everything():
  """A name says what is inside."""
  names = {module.rpartition(".")[2] for module in _MODULES}
  assert not names & {"utils", "util", "common", "helpers", "misc"}


def test_only_commands_print():
  """Everything else logs, and a library says nothing on its own."""
  for module, tree in _MODULES.items():
    if _is_command(module):
      continue
    for node in ast.walk(tree):
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
  families = _modules_in("pyramid_tf", *_FAMILIES)
  added = _modules_after(
    "import tensorflow as tf; tf.keras.Model; import numpy",
    f"import {', '.join(families)}",
  )
  assert "pyramid_tf.pyramid" in added and "lapcvae_tf.model" in added
  assert not [m for m in added if _lies_in(m, "experiments")]
  foreign = {m.split(".")[0] for m in added} - set(_PROJECT)
  assert foreign <= {*sys.stdlib_module_names, "tensorflow", "keras", "numpy"}


def test_flags_are_read_before_tensorflow_is_imported():
  """Help and a mistyped flag take a moment, not ten seconds."""
  added = _modules_after("", "import experiments.train")
  assert "experiments.presets" in added
  assert not [m for m in added if _lies_in(m, "tensorflow", "keras", "numpy")]
