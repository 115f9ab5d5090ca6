"""Studies with people at the studio's address: `/studies/TOKEN/`.

A study is an application of its own with routes, messages and checks of its
own (`human_studies`), and shares only the port. Its address has the random
token of its file, so that it stays the same after a restart, says nothing about
what is compared, and cannot be guessed.
"""

import pathlib
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from experiments.human_studies import service
from experiments.human_studies.study_file import StudyFile
from experiments.system import errors

_WORDS = {
  "real_or_generated": "Real or generated",
  "which_is_better": "Which is better",
}


class Studies:
  """The studies that a studio was started with."""

  def __init__(self, paths: Sequence[str] = ()):
    """Opens files of studies.

    Raises:
      UserError: If one holds no study, or two hold the same.
    """
    self._files: dict[str, tuple[str, StudyFile]] = {}
    for path in paths:
      study = StudyFile(pathlib.Path(path).expanduser())
      address = f"/studies/{study.token}"
      if address in self._files:
        raise errors.UserError(f"{path} is a study that is named twice.")
      self._files[address] = (pathlib.Path(path).name, study)

  @property
  def addresses(self) -> tuple[str, ...]:
    """The paths under which participants ask, without their last slash."""
    return tuple(self._files)

  @property
  def facts(self) -> list[dict[str, Any]]:
    """What the page that lists them needs to know, as JSON values."""
    return [
      {
        "address": f"{address}/",
        "file": name,
        "words": _WORDS[study.request.kind],
        "simulated": bool(study.request.simulated),
      }
      for address, (name, study) in self._files.items()
    ]

  def add_to(self, app: FastAPI) -> None:
    """Puts every study under its address.

    `Access`, which is around the whole studio, checks names of hosts.
    """
    for address, (_, study) in self._files.items():
      app.mount(address, service.application(study, ("*",)))
