"""A study in one SQLite file: its images, participants, trials and answers.

The file is complete by itself, so that a study goes on after any interruption
without the runs it was made from. An answer is one commit that waits for the
disk: it is there after the process is killed, and after a power cut.

Participants, trials and images have random tokens; only these reach a browser.
"""

import contextlib
import datetime
import json
import os
import pathlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

from experiments.config.requests.study import StudyRequest
from experiments.human_studies import planning, tables
from experiments.human_studies.answer import Answer
from experiments.human_studies.planning import ImageKey
from experiments.system import errors


class StudyIsFull(errors.UserError):  # noqa: N818
  """As many participants as the study may have have begun."""


class StudyFile:
  """A study that participants can take part in, from any thread.

  Attributes:
    token: A random name, by which browsers tell studies apart.
    examples: A PNG of examples of real images.
    made_by: Everything that the study depends on, as JSON values.
    request: What the study was asked to be.
    sources: `planning.REAL`, then the names of the runs.
    size: Pixels of a side of the images.
  """

  def __init__(self, path: str | os.PathLike):
    """Opens a file that `tables.create` made.

    Raises:
      UserError: If there is none, or it is something else.
    """
    if not pathlib.Path(path).is_file():
      raise errors.UserError(
        f"{path} does not exist. Make a study with --run_dirs and --kind."
      )
    self._lock = threading.Lock()
    try:
      self._database = tables.connected(path)
      [row] = self._database.execute("SELECT * FROM study")
      self.token: str = row["token"]
      self.examples: bytes = row["examples"]
      self.made_by = json.loads(row["made_by"])
      self.sources = tuple(self.made_by["sources"])
      self.size = int(self.made_by["size"])
      fields = self.made_by["request"]
      durations = tuple(fields["durations"])
      self.request = StudyRequest(**{**fields, "durations": durations})
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
      raise errors.UserError(
        f"{path} holds no study ({error}). Name a file that experiments.study "
        "made."
      ) from error

  def close(self) -> None:
    """Closes the file; nothing is lost without it."""
    self._database.close()

  def enrol(self) -> str:
    """Adds a participant and plans the trials.

    Returns:
      The participant's token.

    Raises:
      StudyIsFull: If there are as many as there may be.
    """
    token = secrets.token_urlsafe(16)
    simulated = self.request.simulated
    limit = simulated or self.request.max_participants
    with self._transaction() as database:
      [(number,)] = database.execute("SELECT COUNT(*) FROM participants")
      if number >= limit:
        raise StudyIsFull(
          f"All places of this study ({limit}) are taken. Thank you for your "
          "interest."
        )
      database.execute(
        "INSERT INTO participants VALUES (?, ?, ?)",
        (number, token, bool(simulated)),
      )
      plan = planning.plan(self.request, self.sources, number)
      for position, trial in enumerate(plan):
        name = secrets.token_urlsafe(16)
        database.execute(
          "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?)",
          (
            *(name, number, position),
            *(trial.practice, trial.requested_ms, trial.condition),
          ),
        )
        for role, image in trial.shown.items():
          database.execute(
            "INSERT INTO shown VALUES (?, ?, ?, ?, ?)",
            (secrets.token_urlsafe(16), name, role, *image),
          )
    return token

  def trials(self, participant: str) -> list[dict[str, Any]] | None:
    """Returns what a participant's browser may know of all trials, in order.

    Args:
      participant: A token.

    Returns:
      Dictionaries of `trial`, `images` (tokens by role), `practice`,
      `requested_ms`, `condition` and `answered`; None if the study has no such
      participant.
    """
    rows = self._all(
      "SELECT trials.token, practice, requested_ms, condition, role, "
      "shown.token AS image, answers.trial IS NOT NULL AS answered "
      "FROM participants JOIN trials ON participant = participants.number "
      "JOIN shown ON shown.trial = trials.token "
      "LEFT JOIN answers ON answers.trial = trials.token "
      "WHERE participants.token = ? ORDER BY position",
      participant,
    )
    trials = {}
    for row in rows:
      known = {
        "trial": row["token"],
        "images": {},
        "practice": bool(row["practice"]),
        "requested_ms": row["requested_ms"],
        "condition": row["condition"],
        "answered": bool(row["answered"]),
      }
      trial = trials.setdefault(row["token"], known)
      trial["images"][row["role"]] = row["image"]
    return list(trials.values()) or None

  def image(self, token: str) -> bytes | None:
    """Returns the PNG of an image in a trial; None if there is none."""
    rows = self._all(
      "SELECT png FROM shown JOIN images USING (source, number) "
      "WHERE shown.token = ?",
      token,
    )
    return rows[0]["png"] if rows else None

  def answer(self, participant: str, trial: str, given: Answer) -> bool:
    """Keeps an answer, on the disk when this returns.

    The first answer to a trial stays, so a browser may send one again.

    Args:
      participant: A token.
      trial: The token of one of the participant's trials.
      given: The answer.

    Returns:
      Whether the participant has such a trial.
    """
    rows = self._all(
      "SELECT requested_ms FROM trials JOIN participants "
      "ON participant = participants.number "
      "WHERE participants.token = ? AND trials.token = ?",
      *(participant, trial),
    )
    if not rows:
      return False
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with self._transaction() as database:
      database.execute(
        "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
          *(trial, given.choice, given.reaction_ms, given.measured_ms),
          *(given.frames, given.frame_ms, given.hidden),
          *(given.marked(rows[0]["requested_ms"]), now),
        ),
      )
    return True

  def answers(self) -> list[dict[str, Any]]:
    """Returns all answers with what was asked, by participant and position.

    The images of a trial stand in `image`, `left`, `right` and `original`, as
    `ImageKey`s; None where it has none.
    """
    rows = self._all(
      "SELECT participant, simulated, position, practice, condition, "
      "requested_ms, answers.*, role, source, shown.number AS image_number "
      "FROM answers JOIN trials ON trials.token = answers.trial "
      "JOIN participants ON participant = participants.number "
      "JOIN shown ON shown.trial = answers.trial "
      "ORDER BY participant, position"
    )
    answers = {}
    for row in rows:
      fields = dict(row)
      image = ImageKey(fields.pop("source"), fields.pop("image_number"))
      role, trial = fields.pop("role"), fields.pop("trial")
      roles = dict.fromkeys(("image", "left", "right", "original"))
      answers.setdefault(trial, {**fields, **roles})[role] = image
    return list(answers.values())

  def _all(self, query: str, *values: Any) -> list[sqlite3.Row]:
    with self._lock:
      return self._database.execute(query, values).fetchall()

  @contextlib.contextmanager
  def _transaction(self) -> Iterator[sqlite3.Connection]:
    with self._lock:
      self._database.execute("BEGIN IMMEDIATE")
      # Commits, or takes all back after an error.
      with self._database:
        yield self._database
