"""The recipes of experiments/clusters, with stand-ins for their clusters."""

import json
import os
import pathlib
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_CLUSTERS = _ROOT / "experiments" / "clusters"

# Of the project's commands the long ones are left out.
_PYTHON = f"""#!/usr/bin/env bash
case "$*" in
  *experiments.train*) echo "TRAIN $TF_CONFIG $*" ;;
  *experiments.batch*) echo "BATCH $*" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""


@pytest.fixture
def run(tmp_path):
  """`run(command, programs, **environment)`: in a shell with stand-ins."""

  def call(command, programs=(), **environment):
    for name, text in {"python": _PYTHON, **dict(programs)}.items():
      (tmp_path / name).write_text(text)
      (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
      command,
      cwd=_ROOT,
      env={**os.environ, "TF_CONFIG": "", "PATH": path, **environment},
      capture_output=True,
      text=True,
    )

  return call


def _documents():
  text = (_CLUSTERS / "kubernetes_workers.yaml").read_text()
  return list(yaml.safe_load_all(text))


@pytest.mark.parametrize("index", [0, 1])
def test_the_manifest_has_the_schema_of_its_kind(index):
  """Strictly: an unknown field is an error."""
  kubernetes_validate.validate(_documents()[index], "1.31", strict=True)


def test_pods_find_each_other(run):
  """Their names are those that the service gives, counted as the Job counts."""
  service, job = _documents()
  name, pod = job["metadata"]["name"], job["spec"]["template"]["spec"]
  assert service["spec"]["selector"] == {"job-name": name}
  assert pod["subdomain"] == service["metadata"]["name"]
  [container] = pod["containers"]
  done = run(
    [*container["command"], *container["args"]], JOB_COMPLETION_INDEX="3"
  )
  assert done.returncode == 0, done.stderr
  config, arguments = _trained(done)
  assert config["task"] == {"type": "worker", "index": 3}
  assert config["cluster"]["worker"] == [
    f"{name}-{i}.{pod['subdomain']}:2222"
    for i in range(job["spec"]["completions"])
  ]
  assert (
    "--strategy=multi_worker --resume --config=lapcvae_celeba64" in arguments
  )


def _trained(done):
  mark, config, *arguments = done.stdout.split("TRAIN ")[1].partition("} -m ")
  del config
  return json.loads(mark + "}"), arguments[0]


def test_slurm_gives_each_task_its_place(run):
  """One for each node; the recipe's arguments reach the training."""
  programs = {
    "scontrol": '#!/bin/sh\necho "scontrol $*" >&2\nprintf "n1\\nn2\\n"\n',
    "srun": '#!/bin/sh\nshift\nSLURM_PROCID=1 exec "$@"\n',
  }
  script = str(_CLUSTERS / "slurm_workers.sh")
  done = run(
    ["bash", script, "lapcvae_demo", "runs/x", "--set=training.steps=5"],
    programs,
    SLURM_JOB_NODELIST="n[1-2]",
  )
  assert done.returncode == 0, done.stderr
  config, arguments = _trained(done)
  assert config["cluster"]["worker"] == ["n1:2222", "n2:2222"]
  assert config["task"]["index"] == 1
  assert arguments.split()[1:] == [
    *("--strategy=multi_worker", "--resume", "--config=lapcvae_demo"),
    *("--run_dir=runs/x", "--set=training.steps=5"),
  ]
  assert "show hostnames n[1-2]" in done.stderr
  assert "requeue" not in done.stderr


def test_slurm_starts_a_failed_job_again(run):
  """From its last checkpoint, since the recipe resumes."""
  programs = {
    "scontrol": '#!/bin/sh\necho "scontrol $*" >&2\n',
    "srun": "#!/bin/sh\nexit 3\n",
  }
  script = str(_CLUSTERS / "slurm_workers.sh")
  done = run(
    ["bash", script, "lapcvae_demo", "runs/x"],
    programs,
    SLURM_JOB_NODELIST="n1",
    SLURM_JOB_ID="17",
  )
  assert done.returncode == 3 and "scontrol requeue 17" in done.stderr


def test_an_array_trains_a_level_in_each_task(run):
  """In the same folder."""
  script = str(_CLUSTERS / "slurm_levels.sh")
  done = run(
    ["bash", script, "lapgan_stl10", "runs/y"], SLURM_ARRAY_TASK_ID="2"
  )
  assert done.returncode == 0, done.stderr
  assert done.stdout.split()[3:] == [
    *("--config=lapgan_stl10", "--run_dir=runs/y", "--levels=2", "--resume")
  ]


def test_an_array_does_a_shard_in_each_task(run):
  """Counted from 0, wherever the array begins."""
  script = str(_CLUSTERS / "slurm_batch.sh")
  done = run(
    ["bash", script, "runs/y", "--task=sample", "--count=9", "--out=o"],
    SLURM_ARRAY_TASK_ID="7",
    SLURM_ARRAY_TASK_MIN="5",
    SLURM_ARRAY_TASK_COUNT="4",
  )
  assert done.returncode == 0, done.stderr
  assert done.stdout.split()[3:] == [
    *("--run_dir=runs/y", "--shard=2/4", "--task=sample"),
    *("--count=9", "--out=o"),
  ]


def test_pods_do_all_shards(run):
  """As many as the job completes, and the manifest has its schema."""
  text = (_CLUSTERS / "kubernetes_batch.yaml").read_text()
  job = yaml.safe_load(text)
  kubernetes_validate.validate(job, "1.31", strict=True)
  [container] = job["spec"]["template"]["spec"]["containers"]
  command = [*container["command"], *container["args"]]
  done = run(command, JOB_COMPLETION_INDEX="63")
  assert done.returncode == 0, done.stderr
  assert f"--shard=63/{job['spec']['completions']}" in done.stdout.split()
