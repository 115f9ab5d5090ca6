"""The pages say what is true: links, commands, presets and lengths."""

import pathlib
import re
import subprocess
import sys

import pytest

from experiments.config import presets

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_PAGES = sorted(
  [*_ROOT.glob("*.md"), *_ROOT.glob("docs/*.md")]
  + [_ROOT / "experiments/results/figures.md"]
)
_COMMANDS = sorted(
  path.stem
  for path in (_ROOT / "experiments").glob("*.py")
  if path.stem != "__init__"
)


def _text(path):
  return path.read_text(encoding="utf-8")


def _calls(command):
  """The flags that pages give a command, with the page that does."""
  pattern = rf"experiments\.{command}\b((?:[ \\\n]+--?[^\s`|]+)*)"
  for page in _PAGES:
    for options in re.findall(pattern, _text(page)):
      for flag in re.findall(r"--(\w+)", options):
        yield page.name, flag


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
  """Within the project; addresses elsewhere are not asked for."""
  for target in re.findall(r"\]\(([^)\s]+)\)", _text(page)):
    if "://" in target:
      continue
    path, _, anchor = target.partition("#")
    linked = (page.parent / path).resolve() if path else page
    assert linked.exists(), target
    if anchor:
      titles = re.findall(r"^#+ (.+)$", _text(linked), re.MULTILINE)
      slugs = {
        re.sub(r"[^\w\- ]", "", t).lower().replace(" ", "-") for t in titles
      }
      assert anchor in slugs, target


def test_every_page_is_reached_from_the_readme():
  """A page that nothing links to is not found."""
  readme = _text(_ROOT / "README.md")
  for page in (_ROOT / "docs").glob("*.md"):
    assert f"(docs/{page.name})" in readme, page.name


@pytest.mark.parametrize("command", _COMMANDS)
def test_pages_call_commands_with_flags_they_have(command):
  """Every command stands on some page, and is called as it can be."""
  assert any(f"experiments.{command}" in _text(page) for page in _PAGES)
  shown = subprocess.run(
    [sys.executable, "-m", f"experiments.{command}", "--helpshort"],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    timeout=60,
  ).stdout
  known = set()
  for negated, flag in re.findall(r"--(\[no\])?(\w+)", shown):
    known |= {flag, f"no{flag}"} if negated else {flag}
  for page, flag in _calls(command):
    assert flag in known, f"{page}: experiments.{command} has no --{flag}"


def test_every_preset_is_on_its_page_and_every_name_on_it_a_preset():
  """Widths and schedules aside, which the page explains."""
  page = _text(_ROOT / "docs/presets.md")
  ends = ("_half", "_quarter", "_eighth", "_adam", "_eyescream")
  for name in presets.PRESETS:
    if not name.endswith(ends):
      short = name.replace("lapcvae_celeba", "..._celeba")
      assert f"`{name}`" in page or f"`{short}`" in page, name
  for name in re.findall(r"`((?:cc_)?(?:lapcvae|lapgan|vae|gan)_\w+)`", page):
    assert name in presets.PRESETS, name


def test_the_front_page_is_a_screen_and_a_half():
  """More belongs into docs/."""
  assert len(_text(_ROOT / "README.md").splitlines()) <= 80
