"""What every test of a fault reports, and where it is written."""

import json
import pathlib

import pytest
from support import trainings

_HERE = pathlib.Path(__file__).parent
_NOTED = pytest.StashKey[list]()
_results = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
  """Marks the tests of this folder, before any are deselected."""
  for item in items:
    if _HERE in item.path.parents:
      item.add_marker("faults")


@pytest.fixture
def record(request):
  """`record(fault=..., tried=1, lost="nothing")`, at the end of a test.

  The fault is the first line of the test's docstring, unless it is given; all
  that were tried were survived. `lost` says in words what was lost each time. A
  test that fails afterwards is recorded as one that did not survive.
  """
  request.node.stash[_NOTED] = noted = []

  def note(fault=None, tried=1, lost="nothing"):
    counts = {"tried": tried, "survived": tried}
    noted.append(
      {"fault": fault or _name(request.node), **counts, "lost": lost}
    )

  return note


def _name(item):
  return item.function.__doc__.partition("\n")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
  """Collects what a test recorded."""
  del call
  report = yield
  if report.when == "teardown":
    return report
  noted = item.stash.get(_NOTED, [])
  if report.failed:
    unknown = {"fault": _name(item), "tried": 1, "lost": "unknown"}
    for result in noted or [unknown]:
      survived = min(result.get("survived", 0), result["tried"] - 1)
      _results.append({**result, "survived": survived})
  elif report.when == "call":
    _results.extend(noted)
  return report


def pytest_sessionfinish(session):
  """Writes a list of objects, those of one fault and loss added up."""
  out = session.config.getoption("faults_out")
  if not out:
    return
  added = {}
  for result in _results:
    key = (result["fault"], result["lost"])
    total = added.setdefault(key, {**result, "tried": 0, "survived": 0})
    total["tried"] += result["tried"]
    total["survived"] += result["survived"]
  keys = ("fault", "tried", "survived", "lost")
  rows = [{key: total[key] for key in keys} for total in added.values()]
  pathlib.Path(out).write_text(json.dumps(rows, indent=2) + "\n")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
  """A whole training by the command, in hostile surroundings.

  No home that can be written, no network, no GPU, one core, a locale of ASCII
  alone, and a run folder and pictures whose names are not ASCII.

  Attributes: as of `trainings.Training`.
  """
  return trainings.hostile_training(tmp_path_factory.mktemp("undisturbed"))
