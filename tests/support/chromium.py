"""The browser that pages are tested in."""

import os
import shutil

import pytest

FLAGS = (
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
)


def path() -> str:
  """Returns the Chromium that `CHROMIUM` names, or the one that is installed.

  A test for which there is none is skipped.
  """
  found = os.environ.get("CHROMIUM") or shutil.which("chromium")
  if not found:
    pytest.skip("no Chromium; install one, or name it in CHROMIUM")
  return found
