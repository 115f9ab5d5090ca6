"""All answers of a study as CSV."""

import csv

from experiments.human_studies.study_file import StudyFile
from experiments.system import outputs, whole_files


def write(study: StudyFile, path: str) -> None:
  """Writes a line for every answer, practice included, and says where.

  `image`, `left`, `right` and `original` hold the source and the number of the
  image that was shown there, as `real 12`.

  Raises:
    UserError: If the file cannot be written.
  """
  target = outputs.file(path, ".csv")
  answers = study.answers()
  with (
    outputs.explained(target),
    whole_files.replacing(target) as temporary,
    open(temporary, "w", newline="", encoding="utf-8") as file,
  ):
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for answer in answers:
      writer.writerow([_cell(answer[column]) for column in COLUMNS])
  print(f"Wrote {len(answers)} answers: {target}")


COLUMNS = (
  "participant",
  "simulated",
  "position",
  "practice",
  "condition",
  "image",
  "left",
  "right",
  "original",
  "choice",
  "reaction_ms",
  "requested_ms",
  "measured_ms",
  "frames",
  "frame_ms",
  "hidden",
  "marked",
  "answered",
)
"""The columns; `answered` is a time in UTC."""


def _cell(value):
  return " ".join(map(str, value)) if isinstance(value, tuple) else value
