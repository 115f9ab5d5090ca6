"""The manifests of deploy/ have their schemas, and start what there is."""

import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_DEPLOY = _ROOT / "deploy"


def _documents(name):
  return list(yaml.safe_load_all((_DEPLOY / name).read_text()))


def _containers(document):
  spec = document["spec"]
  pod = spec.get("predictor") or spec["template"]["spec"]
  return pod["containers"], pod


@pytest.mark.parametrize(
  "document",
  [
    document
    for name in ("kubernetes_deployment.yaml", "tensorflow_serving.yaml")
    for document in _documents(name)
  ],
  ids=lambda document: f"{document['kind']} {document['metadata']['name']}",
)
def test_manifests_have_the_schema_of_their_kind(document):
  """Strictly: an unknown field is an error."""
  kubernetes_validate.validate(document, "1.31", strict=True)


def test_the_inference_service_has_kserves_fields():
  """By the classes of its own client; a pod has Kubernetes' schema."""
  kserve = pytest.importorskip("kserve", reason="its client has the fields")
  [document] = _documents("kserve_inference_service.yaml")
  assert document["apiVersion"] == "serving.kserve.io/v1beta1"
  assert document["kind"] == "InferenceService"
  known = kserve.V1beta1PredictorSpec.attribute_map.values()
  predictor = document["spec"]["predictor"]
  assert set(predictor) <= set(known)
  assert set(document["spec"]) <= set(
    kserve.V1beta1InferenceServiceSpec.attribute_map.values()
  )
  pod = {key: predictor[key] for key in ("containers", "volumes")}
  as_pod = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": document["metadata"],
    "spec": pod,
  }
  kubernetes_validate.validate(as_pod, "1.31", strict=True)


@pytest.mark.parametrize(
  "name", ["kubernetes_deployment.yaml", "kserve_inference_service.yaml"]
)
def test_manifests_ask_the_command_for_what_it_has(name):
  """And mount what they name."""
  document = _documents(name)[-1]
  [container], pod = _containers(document)
  command, *options = container["args"]
  assert command == "experiments.serve"
  assert _flags(options) <= _known_flags(command)
  paths = [option.partition("=")[2] for option in options]
  mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
  # KServe mounts what STORAGE_URI names.
  mounts.add("/mnt/models")
  for path in filter(lambda path: path.startswith("/"), paths):
    assert any(path.startswith(mount) for mount in mounts), path
  named = {mount["name"] for mount in container["volumeMounts"]}
  assert named == {volume["name"] for volume in pod["volumes"]}


def _flags(options):
  return {re.match(r"--(\w+)=", option)[1] for option in options}


def _known_flags(command):
  shown = subprocess.run(
    [sys.executable, "-m", command, "--helpshort"],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    timeout=120,
  ).stdout
  return set(re.findall(r"--(?:\[no\])?(\w+)", shown))


def test_the_image_copies_what_is_there_and_starts_the_server():
  """All packages of the project, and flags that the command has."""
  text = (_DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
  copied = {
    source
    for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE)
    for source in line.split()
  }
  for source in copied:
    assert (_ROOT / source).exists(), source
  packages = {path.parent.name for path in _ROOT.glob("*/__init__.py")}
  assert packages <= copied
  command, *options = re.findall(r'"([^"]*)"', text.split("\nCMD ")[1])
  assert command == "experiments.serve"
  assert _flags(options) <= _known_flags(command)
