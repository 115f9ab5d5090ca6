"""Tables of the figures of trained runs, with the papers' beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.pictures import tables

# Table 1 of Dorta et al. (2017), CelebA: RMSE and its deviation over images.
PAPER_RMSE = {
  ("VAE", 64): "22.78 +- 4.64",
  ("VAE/GAN", 64): "30.49 +- 7.32",
  ("LapCVAE without M", 64): "22.19 +- 4.80",
  ("LapCVAE", 64): "20.60 +- 4.81",
  ("VAE", 128): "20.75 +- 4.40",
  ("LapCVAE", 128): "20.61 +- 5.15",
}

# Table 1 of Denton et al. (2015), CIFAR-10 at 32x32: nats and their deviation.
PAPER_PARZEN = {
  "GAN": "-3617 +- 353",
  "LAPGAN": "-3572 +- 345",
  "multi-scale": "-1799 +- 826",
}

_Entry = Mapping[str, Any]


def markdown(entries: Sequence[_Entry]) -> str:
  """Returns the runs as Markdown tables, the papers' numbers beside ours.

  Args:
    entries: What `scores.evaluate` writes into runs.
  """
  parts = [_samples(entries)]
  encoded = [entry for entry in entries if "rmse" in entry]
  if encoded:
    parts.insert(0, _reconstructions(encoded))
  seen = [entry for entry in entries if "objects" in entry]
  if seen:
    parts.append(_objects(seen))
  refined = [entry for entry in entries if "refinements" in entry]
  if refined:
    parts.append(_refinements(refined))
  return "\n\n".join(parts)


def _reconstructions(entries: Sequence[_Entry]) -> str:
  header = "run", "model", "RMSE", "paper (CelebA)", "PSNR (dB)"
  drawn = any("rmse_one_draw" in entry for entry in entries)
  pixels = ("bits/dim", "RMSE of a draw", "of the mean of 8") if drawn else ()
  return tables.markdown(
    (
      *(*header, "SSIM", "MS-SSIM", "band ratio", "SWD of reconstructions"),
      *pixels,
    ),
    [
      (
        entry["run"],
        entry["model"],
        tables.spread(entry["rmse"], entry["rmse_std"], 2),
        PAPER_RMSE.get((entry["model"], entry["size"]), ""),
        tables.number(entry["psnr"], 2),
        tables.number(entry.get("ssim"), 3),
        tables.number(entry.get("ms_ssim"), 3),
        tables.number(entry.get("band_ratio"), 2),
        tables.number(entry.get("swd_mean_reconstructions"), 1),
        *(
          tables.number(entry.get(field), 2)
          for field in ("bits_per_dim", "rmse_one_draw", "rmse_mean_of_draws")
          if drawn
        ),
      )
      for entry in entries
    ],
  )


def _objects(entries: Sequence[_Entry]) -> str:
  """Returns what a classifier of our own says; FD-own is not published FID."""
  rows = [(e["run"], e["model"], e["objects"]) for e in entries]
  rows.append(("", "training images", entries[0]["baselines"]["objects"]))
  return tables.markdown(
    (
      *("run", "model", "FD-own", "KID-own", "precision", "recall"),
      *("class accuracy", "confidence", "diversity"),
    ),
    [
      (
        run,
        model,
        tables.number(figures["fd_own"], 2),
        tables.number(figures["kid_own"], 4),
        tables.number(figures["precision"], 3),
        tables.number(figures["recall"], 3),
        tables.number(figures["class_accuracy"], 3),
        tables.number(figures["confidence"], 3),
        tables.number(figures["diversity"], 2),
      )
      for run, model, figures in rows
    ],
  )


def _refinements(entries: Sequence[_Entry]) -> str:
  """Returns what finer levels make of true coarse images."""
  return tables.markdown(
    (
      *(
        "run",
        "from",
        "given",
        "made",
        "SWD",
        "training images",
        "nothing added",
      ),
      *("RMSE", "nothing added", "drift", "from base"),
    ),
    [
      (
        entry["run"],
        row["method"],
        f"{row['given']} px",
        f"{row['made']} px",
        *(
          tables.number(row.get(field), 1)
          for field in (
            *("swd", "swd_real", "swd_nothing_added"),
            *("rmse", "rmse_nothing_added", "drift", "drift_from_base"),
          )
        ),
      )
      for entry in entries
      for row in entry["refinements"]
    ],
  )


def _samples(entries: Sequence[_Entry]) -> str:
  rows = []
  for entry in entries:
    similarity = tables.number(entry["similarity_of_pairs"], 3)
    paper = {}
    same_images = (entry["dataset"], entry["size"]) == ("cifar10", 32)
    if same_images and entry["model"] in PAPER_PARZEN:
      paper = PAPER_PARZEN
    rows.append(
      (
        entry["run"],
        entry["model"],
        tables.number(entry["swd_mean"], 1),
        similarity,
        _nats(entry["parzen"]),
        paper.get(entry["model"], ""),
        tables.number(entry.get("fid"), 1),
        tables.number(entry.get("kid"), 4),
      )
    )
    for name, estimate in entry.get("multi_scale", {}).items():
      nats = _nats(estimate), paper.get(name, "")
      rows.append((entry["run"], name, "", "", *nats, "", ""))
  baselines = entries[0]["baselines"]
  for name, estimate in baselines["parzen"].items():
    rows.append(("", name, "", "", _nats(estimate), "", "", ""))
  similarity = tables.number(baselines["similarity_of_pairs"], 3)
  rows.append(("", "test images", "", similarity, "", "", "", ""))
  header = "run", "model", "SWD", "MS-SSIM of pairs", "Parzen window (nats)"
  return tables.markdown((*header, "paper (CIFAR-10)", "FID", "KID"), rows)


def _nats(estimate: Mapping[str, Any]) -> str:
  edge = " (width at the edge of its grid)"
  return tables.spread(estimate["mean"], estimate["deviation"], 0) + (
    edge if estimate.get("sigma_at_edge") else ""
  )
