"""Fractions and preferences of answers whose results are known."""

import math

import pytest
from PIL import Image
from support import commands, small_studies

from experiments.human_studies import analysis
from experiments.human_studies.answer import Answer
from experiments.human_studies.planning import ImageKey
from experiments.paper_figures import study_results
from experiments.system import errors


def _timed(person, source, ms, yes, **changes):
  return {
    "participant": person,
    "image": ImageKey(source, 0),
    "requested_ms": ms,
    "choice": "real" if yes else "generated",
    "practice": 0,
    "marked": "",
    **changes,
  }


def test_a_fraction_is_the_mean_over_participants():
  """Not over answers: one who answered more counts as much."""
  answers = [
    *(_timed(0, "gan", 50, yes) for yes in (1, 0, 0, 0)),
    *(_timed(1, "gan", 50, yes) for yes in (1, 1, 0, 1)),
    *(_timed(2, "gan", 50, yes) for yes in (1, 1)),
    _timed(0, "real", 2000, 1),
  ]
  curves, over_all = analysis.believed_real(answers)
  found = curves["gan"][50]
  assert found.mean == pytest.approx((0.25 + 0.75 + 1.0) / 3)
  # The deviation of 1/4, 3/4 and 1 with n - 1 = 2 below.
  assert found.deviation == pytest.approx(math.sqrt(7 / 48))
  assert found.participants == 3
  assert curves["real"][2000].mean == 1.0
  assert math.isnan(curves["real"][2000].deviation)
  assert over_all["gan"] == found


@pytest.mark.parametrize(
  "changes", [{"practice": 1}, {"marked": "timing"}, {"marked": "hidden"}]
)
def test_practice_and_marked_answers_do_not_count(changes):
  """They are in the file all the same."""
  answers = [_timed(0, "a", 50, 1), _timed(0, "a", 50, 0, **changes)]
  curves, _ = analysis.believed_real(answers)
  assert curves["a"][50].mean == 1.0


def test_a_preference_is_for_the_run_at_the_chosen_side():
  """Both preferences add up to one, and deviate equally."""
  answers = []
  for person, for_a in enumerate((9, 7)):
    for i in range(10):
      left, right = ("a", "b") if i % 2 else ("b", "a")
      chosen = "a" if i < for_a else "b"
      answers.append(
        {
          "participant": person,
          "condition": "with_original",
          "left": ImageKey(left, i),
          "right": ImageKey(right, i),
          "choice": "left" if chosen == left else "right",
          "practice": 0,
          "marked": "",
        }
      )
  found = analysis.preferences(answers, ("a", "b"))
  assert set(found) == {"with_original"}
  a, b = found["with_original"]["a"], found["with_original"]["b"]
  assert (a.mean, b.mean) == (pytest.approx(0.8), pytest.approx(0.2))
  assert a.deviation == pytest.approx(b.deviation)
  assert a.deviation == pytest.approx(math.sqrt(0.02))


def _answered(folder, request, people, choose):
  """A study in which `choose(person, shown)` answers."""
  study = small_studies.open_study(folder, request)
  for number in range(people):
    person = study.enrol()
    for trial in study.trials(person):
      rows = study._all(
        "SELECT role, source FROM shown WHERE trial = ?", trial["trial"]
      )
      times = {}
      if trial["requested_ms"]:
        shown = float(trial["requested_ms"])
        times = {"measured_ms": shown, "frames": 3, "frame_ms": 16.7}
      given = Answer(
        choice=choose(number, {row["role"]: row["source"] for row in rows}),
        reaction_ms=400.0,
        hidden=False,
        **times,
      )
      study.answer(person, trial["trial"], given)
  return str(folder / "study.sqlite")


def test_figure_6_has_a_curve_per_source(tmp_path, capsys):
  """Two who see through the run, and find all that is real real."""

  def choose(person, shown):
    del person
    return "real" if shown["image"] == "real" else "generated"

  path = _answered(tmp_path, small_studies.timed(), 2, choose)
  study_results.draw("lapgan_6", path)
  said = capsys.readouterr().out
  assert "60 answers, 0 marked" in said and "SIMULATED" not in said
  assert "| real | 100.00 +- 0.00 | 2 |" in said
  assert "| secret-lapgan | 0.00 +- 0.00 | 2 |" in said
  with Image.open(tmp_path / "study_lapgan_6.png") as picture:
    assert min(picture.size) > 400


@pytest.mark.parametrize("simulated", [0, 3])
def test_table_2_stands_beside_the_paper_s(tmp_path, capsys, simulated):
  """Preferences in percent; simulated ones say that they are."""

  def choose(person, shown):
    wanted = "secret-vae" if person == 0 else "secret-lapcvae"
    return "left" if shown["left"] == wanted else "right"

  request = small_studies.paired(simulated=simulated)
  path = _answered(tmp_path, request, 3, choose)
  study_results.draw("lapcvae_table2", path)
  said = capsys.readouterr().out
  row = "33.33 +- 57.74 | 66.67 +- 57.74 | 3 | 15.61 +- 8.14 | 84.39 +- 8.14 |"
  assert f"| without original | {row}" in said
  assert "26.30 +- 7.35 | 73.70 +- 7.35" in said
  written = (tmp_path / "study_lapcvae_table2.md").read_text()
  assert f"| without original | {row}" in written
  for text in (said, written):
    assert ("SIMULATED" in text) == bool(simulated)


def test_simulated_answers_are_labelled_in_the_figure(
  tmp_path, monkeypatch, capsys
):
  """In its title, for whoever sees the picture alone."""
  titles = []
  monkeypatch.setattr(
    study_results.time_curves, "draw", lambda *args: titles.append(args[-1])
  )
  request = small_studies.timed(simulated=1)
  path = _answered(tmp_path, request, 1, lambda person, shown: "real")
  study_results.draw("lapgan_6", path)
  assert "SIMULATED" in titles[0] and "SIMULATED" in capsys.readouterr().out


def test_a_study_goes_with_its_figure_and_has_answers(tmp_path):
  """Others are refused in words."""
  path = small_studies.write(tmp_path, small_studies.timed())
  with pytest.raises(errors.UserError, match="which_is_better"):
    study_results.draw("lapcvae_table2", path)
  with pytest.raises(errors.UserError, match="no answers that count"):
    study_results.draw("lapgan_6", path)


@pytest.mark.parametrize(
  "options, words",
  [
    (["--figure=lapgan_6"], "--study"),
    (["--figure=lapgan_6", "--study=s", "--run_dirs=a"], "no --run_dirs"),
    (["--figure=lapgan_4", "--study=s", "--run_dirs=a"], "lapgan_4"),
    (["--figure=lapgan_4"], "--run_dirs"),
    (["--figure=lapcvae_table2", "--study=missing"], "missing does not exist"),
  ],
)
def test_the_command_takes_a_study_or_runs(options, words):
  """What would be ignored is refused."""
  assert words in commands.refusal("figures", *options)


def test_the_command_draws(tmp_path):
  """Flags reach the room."""
  path = _answered(
    tmp_path, small_studies.paired(), 1, lambda person, shown: "left"
  )
  out = tmp_path / "table.md"
  done = commands.call_here(
    "figures", "--figure=lapcvae_table2", f"--study={path}", f"--out={out}"
  )
  assert done.returncode == 0, done.stderr
  assert "| with original |" in out.read_text()
  assert str(out) in done.stdout
