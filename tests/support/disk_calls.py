"""What a program asks of the disk, in order."""

import os
import pathlib


def record(monkeypatch) -> list[str]:
  """Notes calls such as `fsync NAME`, `replace NAME` and `unlink NAME`."""
  calls = []
  fsync, replace, unlink = os.fsync, os.replace, os.unlink

  def noted(kind, path):
    calls.append(f"{kind} {pathlib.Path(path).name}")

  def noted_fsync(descriptor):
    noted("fsync", os.readlink(f"/proc/self/fd/{descriptor}"))
    fsync(descriptor)

  def noted_replace(source, target):
    noted("replace", target)
    replace(source, target)

  def noted_unlink(path, *arguments, **options):
    noted("unlink", path)
    unlink(path, *arguments, **options)

  monkeypatch.setattr(os, "fsync", noted_fsync)
  monkeypatch.setattr(os, "replace", noted_replace)
  monkeypatch.setattr(os, "unlink", noted_unlink)
  return calls
