"""A bundle made of a finished run, whole or not at all."""

import contextlib
import dataclasses
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterator
from typing import Any

from experiments.bundles import card
from experiments.config import stored_json
from experiments.config.requests.sample import SampleRequest
from experiments.data.window import Window
from experiments.drawing import samples
from experiments.pictures import charts
from experiments.runs import description, trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors, model_hub, outputs, whole_files
from pyramid_tf import bundle_files

# Of the sheet that shows what the bundle draws.
_SHEET = SampleRequest(count=64)


def write(
  run_path: str,
  out: str,
  dtype: str = "float32",
  data_licence: str | None = None,
  push: str | None = None,
) -> None:
  """Writes a bundle of a finished run, and says where.

  Args:
    run_path: What `run_names.find` finds.
    out: The folder, new or empty.
    dtype: One of `bundle_files.DTYPES`.
    data_licence: A sentence on the licence of the images, for the card; None
      takes what is known of the dataset.
    push: USER/NAME to send the bundle to; None sends it nowhere.

  Raises:
    UserError: If the run has not finished, or the folder cannot be written or
      holds files, or the bundle cannot be sent.
  """
  run = trained_run.load(run_path)
  _, _, metrics = description.finished(run.run_dir)
  target = pathlib.Path(out).expanduser()
  name = target.absolute().name
  with _whole_folder(target) as folder:
    run.model.write_bundle(folder, _facts(run, metrics), dtype)
    # What the bundle itself draws, rounded as its weights are.
    bundled = type(run.model).from_bundle(folder)
    _draw_sheet(dataclasses.replace(run, model=bundled), folder, name)
    text = card.markdown(run, metrics, name, dtype, data_licence)
    (folder / bundle_files.CARD).write_text(text, encoding="utf-8")
  size = sum(path.stat().st_size for path in target.iterdir())
  print(f"Wrote {target}: {size / 1e6:.1f} MB")
  if push is not None:
    print(f"Sent to {model_hub.upload(target, push)}")


def _facts(run: TrainedRun, metrics: dict[str, Any]) -> dict[str, Any]:
  """Returns what a config.json says of the run, without any path."""
  config = run.config
  data = dataclasses.replace(config.data, name=description.dataset(config))
  window = dataclasses.asdict(Window.for_model(config.data, training_crop=True))
  return {
    "preset": run.preset,
    "steps": run.steps,
    "preprocessing": {
      "dataset": data.name,
      **window,
      "value_range": [-1, 1],
      "class_names": list(run.class_names),
    },
    "run": {
      "data": stored_json.to_json(data),
      "training": stored_json.to_json(config.training),
    },
    "metrics": metrics,
  }


def _draw_sheet(run: TrainedRun, folder: pathlib.Path, name: str) -> None:
  [images, *_] = run.family.draw(run.model, _SHEET, run.class_names)
  charts.labelled_rows(
    folder / bundle_files.SAMPLES,
    samples.sample_rows(images),
    f"{name}, seed {_SHEET.seed}",
  )


@contextlib.contextmanager
def _whole_folder(target: pathlib.Path) -> Iterator[pathlib.Path]:
  """A folder to fill in the place of another, whose name it takes at the end.

  Raises:
    UserError: If there is another file, or the folder cannot be written.
  """
  target = target.absolute()
  if target.exists() and (not target.is_dir() or any(target.iterdir())):
    raise errors.UserError(
      f"{target} holds other files. Choose a new or empty folder in --out."
    )
  outputs.folder(target.parent)
  partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
  with outputs.explained(target):
    partial.mkdir()
    try:
      yield partial
      for path in partial.iterdir():
        whole_files.synchronise(path)
      os.replace(partial, target)
    except BaseException:
      shutil.rmtree(partial, ignore_errors=True)
      raise
