"""Figure 6 of Denton et al. (2015) and Table 2 of Dorta et al. (2017).

Both are what people answered in a study that experiments.study ran.
"""

import os
import pathlib

from experiments.config.requests.study import CONDITIONS
from experiments.drawing import image_files
from experiments.human_studies import analysis
from experiments.human_studies.analysis import Spread
from experiments.human_studies.study_file import StudyFile
from experiments.pictures import tables, time_curves
from experiments.system import errors, outputs, whole_files

_KINDS = {
  "lapgan_6": "real_or_generated",
  "lapcvae_table2": "which_is_better",
}

_SIMULATED = "SIMULATED: the program answered at random, no person did. "

# The curves of the paper have no numbers but those of its text.
_PAPER_6 = {
  "paper, CIFAR-10: real,\nmore than 0.90": 0.90,
  "paper: class-conditional\nLAPGAN, about 0.40": 0.40,
  "paper: GAN,\nat most 0.10": 0.10,
}

# Percent of VAE and LapCVAE at 128 px, and the deviation of both.
_PAPER_2 = {
  "without_original": (15.61, 84.39, 8.14),
  "with_original": (26.30, 73.70, 7.35),
}


def draw(figure: str, study_path: str, out: str | None = None) -> None:
  """Writes a figure or table of a study, prints its numbers and says where.

  Args:
    figure: `lapgan_6` or `lapcvae_table2`.
    study_path: The file of the study.
    out: The PNG or Markdown file to write; None for one beside the study.

  Raises:
    UserError: If the study is of the other kind or has no answers that count,
      or a file cannot be read or written.
  """
  study = StudyFile(os.path.expanduser(study_path))
  if study.request.kind != _KINDS[figure]:
    raise errors.UserError(
      f"{figure} is drawn from a study of {_KINDS[figure]}; {study_path} is "
      f"one of {study.request.kind}."
    )
  answers = study.answers()
  count = len(analysis.counted(answers))
  if count == 0:
    raise errors.UserError(
      f"{study_path} has no answers that count yet; practice and marked ones "
      "do not."
    )
  marked = sum(bool(a["marked"]) and not a["practice"] for a in answers)
  about = _SIMULATED if study.request.simulated else ""
  about += f"{count} answers, {marked} marked ones left out."
  ending = ".png" if figure == "lapgan_6" else ".md"
  if out is None:
    path = pathlib.Path(study_path)
    out = path.with_name(f"{path.stem}_{figure}{ending}")
  target = outputs.file(os.path.expanduser(out), ending)
  if figure == "lapgan_6":
    _draw_curves(study, answers, about, target)
    return
  table = _preferences(study, answers)
  print(f"{about}\n\n{table}")
  with outputs.explained(target):
    whole_files.write_text(target, f"{about}\n\n{table}\n")
  print(f"\nWrote {target}")


def _draw_curves(study, answers, about, target) -> None:
  curves, over_all = analysis.believed_real(answers)
  known = [source for source in study.sources if source in curves]
  rows = [
    (source, _percent(over_all[source]), str(over_all[source].participants))
    for source in known
  ]
  header = ("source", "believed real (%)", "participants")
  print(f"{about}\n\n{tables.markdown(header, rows)}\n")
  points = {
    source: [(ms, s.mean, s.deviation) for ms, s in curves[source].items()]
    for source in known
  }
  people = max(spread.participants for spread in over_all.values())
  title = (
    "Fraction believed real, mean +- one standard deviation across "
    f"{people} participants (LAPGAN, Figure 6)\n{about}"
  )
  image_files.write_chart(
    lambda path: time_curves.draw(path, points, _PAPER_6, title), target
  )


def _preferences(study, answers) -> str:
  """Rows of conditions: both runs, then what the paper found."""
  _, *runs = study.sources
  found = analysis.preferences(answers, runs)
  rows = []
  for condition in CONDITIONS:
    vae, lapcvae, deviation = _PAPER_2[condition]
    cells = [""] * (len(runs) + 1)
    if condition in found:
      spreads = [found[condition][run] for run in runs]
      cells = [*map(_percent, spreads), str(spreads[0].participants)]
    paper = [tables.spread(p, deviation, 2) for p in (vae, lapcvae)]
    rows.append([condition.replace("_", " "), *cells, *paper])
  header = [
    "preferred (%)",
    *runs,
    "participants",
    "paper, 4 participants: VAE",
    "paper: LapCVAE",
  ]
  return tables.markdown(header, rows)


def _percent(spread: Spread) -> str:
  """A mean and, with more than one participant, a deviation."""
  if spread.participants == 1:
    return tables.number(100 * spread.mean, 2)
  return tables.spread(100 * spread.mean, 100 * spread.deviation, 2)
