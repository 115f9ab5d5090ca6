"""The file of a study: places, answers, and what is left after a kill."""

import csv
import signal
import threading

import httpx2
import pytest
from support import commands, small_studies

from experiments.human_studies import csv_export
from experiments.human_studies.answer import Answer
from experiments.human_studies.study_file import StudyFile, StudyIsFull
from experiments.system import errors


def _shown(requested_ms, error=0.0, hidden=False):
  return Answer(
    choice="real",
    reaction_ms=400.0,
    hidden=hidden,
    measured_ms=requested_ms + error,
    frames=3,
    frame_ms=16.0,
  )


def test_an_answer_counts_once(tmp_path):
  """A browser that sends it again changes nothing."""
  study = small_studies.open_study(tmp_path, small_studies.paired())
  person = study.enrol()
  trial = study.trials(person)[0]["trial"]
  for choice in ("left", "right"):
    given = Answer(choice=choice, reaction_ms=1.0, hidden=False)
    assert study.answer(person, trial, given)
  [answer] = study.answers()
  assert answer["choice"] == "left" and answer["simulated"] == 0
  assert study.trials(person)[0]["answered"]
  assert not study.answer(study.enrol(), trial, given)
  assert not study.answer(person, "no trial", given)


@pytest.mark.parametrize(
  "error, hidden, marked",
  [
    (0.0, False, ""),
    (15.9, False, ""),
    (-15.9, False, ""),
    (16.1, False, "timing"),
    (-16.1, False, "timing"),
    (0.0, True, "hidden"),
  ],
)
def test_an_image_shown_a_frame_too_long_is_marked(error, hidden, marked):
  """Or too short, or to nobody."""
  assert _shown(200, error, hidden).marked(200) == marked


def test_places_are_bounded(tmp_path):
  """Also where many ask at once; simulated ones are a number of their own."""
  study = small_studies.open_study(
    tmp_path, small_studies.timed(max_participants=3)
  )
  full = []

  def enrol():
    try:
      study.enrol()
    except StudyIsFull as error:
      full.append(str(error))

  threads = [threading.Thread(target=enrol) for _ in range(8)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert len(full) == 5 and "(3) are taken" in full[0]
  (tmp_path / "simulated").mkdir()
  simulated = small_studies.open_study(
    tmp_path / "simulated", small_studies.timed(simulated=1)
  )
  simulated.enrol()
  with pytest.raises(StudyIsFull):
    simulated.enrol()


def test_a_killed_server_has_kept_every_answer_and_goes_on(tmp_path):
  """kill -9 right after an answer; the participant's place is kept too."""
  path = small_studies.write(tmp_path, small_studies.timed())
  kept = []
  for answers in (5, 7):
    server = commands.start("study", f"--out={path}", "--port=0")
    address = server.stdout.readline().split()[-1]
    with httpx2.Client(base_url=address) as client:
      if not kept:
        person = client.post("participants", json={}).json()["participant"]
      headers = {"X-Participant": person}
      trials = client.get("trials", headers=headers).json()
      assert [t["trial"] for t in trials if t["answered"]] == kept
      for trial in trials[len(kept) :][:answers]:
        body = {
          "trial": trial["trial"],
          "choice": "real",
          "reaction_ms": 300.5,
          "hidden": False,
          "measured_ms": trial["requested_ms"],
          "frames": 3,
          "frame_ms": 16.7,
        }
        posted = client.post("answers", json=body, headers=headers)
        assert posted.status_code == 204, posted.text
        kept.append(trial["trial"])
      server.send_signal(signal.SIGKILL)
    commands.finish([server])
  study = StudyFile(path)
  answers = study.answers()
  assert [answer["position"] for answer in answers] == list(range(12))
  assert answers[0]["reaction_ms"] == 300.5
  assert sum(answer["practice"] for answer in answers) == 2


def test_every_commit_waits_for_the_disk(tmp_path):
  """Two is FULL, and there is no journal that it would leave out."""
  study = small_studies.open_study(tmp_path, small_studies.timed())
  [(synchronous,)] = study._database.execute("PRAGMA synchronous")
  [(journal,)] = study._database.execute("PRAGMA journal_mode")
  assert (synchronous, journal) == (2, "delete")


@pytest.mark.parametrize("simulated", [0, 1])
def test_the_export_has_a_line_per_answer(tmp_path, capsys, simulated):
  """With what was shown, and whether a person answered."""
  study = small_studies.open_study(
    tmp_path, small_studies.paired(simulated=simulated)
  )
  person = study.enrol()
  for trial in study.trials(person)[:4]:
    given = Answer(choice="left", reaction_ms=5.0, hidden=False)
    study.answer(person, trial["trial"], given)
  out = tmp_path / "answers.csv"
  csv_export.write(study, str(out))
  assert f"Wrote 4 answers: {out}" in capsys.readouterr().out
  with open(out, newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
  assert len(rows) == 4
  assert {row["simulated"] for row in rows} == {str(simulated)}
  for row in rows:
    runs = {row["left"].split()[0], row["right"].split()[0]}
    assert runs == set(small_studies.RUNS["which_is_better"])
    assert (row["original"] != "") == (row["condition"] == "with_original")


def test_another_file_is_no_study(tmp_path):
  """Nor is a missing one; both are named."""
  (tmp_path / "text.sqlite").write_text("not a database, " * 99)
  with pytest.raises(errors.UserError, match="text.sqlite holds no study"):
    StudyFile(tmp_path / "text.sqlite")
  with pytest.raises(errors.UserError, match="missing.*--run_dirs"):
    StudyFile(tmp_path / "missing")
