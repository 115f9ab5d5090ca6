"""The tables of a study's file, and how to write a new one."""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.system import outputs, whole_files

_TABLES = """
CREATE TABLE study (token TEXT, made_by TEXT, examples BLOB);
CREATE TABLE images (
  source TEXT, number INTEGER, png BLOB, PRIMARY KEY (source, number));
CREATE TABLE participants (
  number INTEGER PRIMARY KEY, token TEXT UNIQUE, simulated INTEGER);
CREATE TABLE trials (
  token TEXT PRIMARY KEY, participant INTEGER, position INTEGER,
  practice INTEGER, requested_ms INTEGER, condition TEXT);
CREATE TABLE shown (
  token TEXT PRIMARY KEY, trial TEXT, role TEXT, source TEXT, number INTEGER);
CREATE TABLE answers (
  trial TEXT PRIMARY KEY, choice TEXT, reaction_ms REAL, measured_ms REAL,
  frames INTEGER, frame_ms REAL, hidden INTEGER, marked TEXT, answered TEXT);
CREATE INDEX trials_of ON trials (participant, position);
CREATE INDEX shown_in ON shown (trial);
"""


def create(
  path: str | os.PathLike,
  made_by: Mapping[str, Any],
  images: Mapping[str, Sequence[bytes]],
  examples: bytes,
) -> None:
  """Writes the file of a new study.

  Args:
    path: The file.
    made_by: Everything that the study depends on, as JSON values: `request`,
      `sources`, `size`, and more for those who read it.
    images: PNGs of every source.
    examples: A PNG of examples of real images.

  Raises:
    UserError: If it cannot be written.
  """
  with (
    outputs.explained(path),
    whole_files.replacing(path) as temporary,
    contextlib.closing(connected(temporary)) as database,
  ):
    database.executescript(_TABLES)
    database.execute("BEGIN")
    database.execute(
      "INSERT INTO study VALUES (?, ?, ?)",
      (secrets.token_urlsafe(8), json.dumps(made_by), examples),
    )
    for source, pngs in images.items():
      database.executemany(
        "INSERT INTO images VALUES (?, ?, ?)",
        [(source, i, png) for i, png in enumerate(pngs)],
      )
    database.commit()


def connected(path: str | os.PathLike) -> sqlite3.Connection:
  """Opens a file whose every commit waits for the disk.

  Raises:
    sqlite3.DatabaseError: If it is something else than a database.
  """
  database = sqlite3.connect(
    path, timeout=10.0, isolation_level=None, check_same_thread=False
  )
  database.row_factory = sqlite3.Row
  try:
    database.execute("PRAGMA synchronous = FULL")
  except sqlite3.DatabaseError:
    database.close()
    raise
  return database
