"""The command, its addresses and its end."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from support import commands

pytest.importorskip("kserve", reason="the model server needs kserve")


@pytest.fixture(scope="module")
def started(exports):
  """A process that serves `cascade`: its address, that of gRPC, itself."""
  folder = exports("lapcvae")[1] / "cascade"
  options = [f"--models={folder}", "--port=0", "--grpc_port=0"]
  process = commands.start("serve", *options, PYTHONUNBUFFERED="1")
  said = ""
  while "Ctrl+C" not in said:
    line = process.stdout.readline()
    assert line, process.stderr.read()
    said += line
  port = int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1])
  calls = re.search(r"gRPC: (\S+)", said)[1]
  assert "Models: cascade" in said
  yield port, calls, process
  process.kill()


def _ask(port, value):
  # As urllib sends it by itself, which calls it a form.
  address = f"http://127.0.0.1:{port}/v1/models/cascade:predict"
  content = json.dumps(value).encode()
  with urllib.request.urlopen(address, content, timeout=60) as answer:
    return json.load(answer)


def test_a_cut_connection_leaves_the_server_alive(started):
  """In the head of a request, in its body and before its answer."""
  port, _, _ = started
  head = b"POST /v1/models/cascade:predict HTTP/1.1\r\nHost: localhost\r\n"
  for sent in (
    head,
    head + b"Content-Length: 1000\r\n\r\n{",
    head + b"Content-Length: 2\r\n\r\n{}",
    b"nonsense\r\n\r\n",
  ):
    with socket.create_connection(("127.0.0.1", port)) as connection:
      connection.sendall(sent)
  image = np.zeros((1, 16, 16, 3)).tolist()
  answer = _ask(port, {"inputs": image})
  assert np.shape(answer["outputs"]["images"]) == (1, 16, 16, 3)


def test_grpc_answers_as_rest_does(started):
  """The Open Inference Protocol, and refusals by their status."""
  import grpc
  from kserve import InferInput, InferRequest, InferResponse
  from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
  from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as endpoint

  port, address, _ = started
  pixels = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 3))
  pixels = pixels.astype(np.float32)

  def request(array, name="cascade-1"):
    tensor = InferInput("images", list(array.shape), "FP32")
    tensor.set_data_from_numpy(array)
    return InferRequest(name, [tensor]).to_grpc()

  with grpc.insecure_channel(address) as channel:
    stub = endpoint.GRPCInferenceServiceStub(channel)
    answer = InferResponse.from_grpc(stub.ModelInfer(request(pixels)))
    expected = _ask(port, {"inputs": pixels.tolist()})["outputs"]["images"]
    made = answer.outputs[0].as_numpy()
    np.testing.assert_allclose(made, expected, atol=1e-5)
    for wrong, code, words in (
      (request(pixels * np.nan), "INVALID_ARGUMENT", "images must be finite"),
      (request(pixels, "nobody"), "NOT_FOUND", "nobody"),
    ):
      with pytest.raises(grpc.RpcError) as refused:
        stub.ModelInfer(wrong)
      assert refused.value.code().name == code
      assert words in refused.value.details()
    unload = messages.RepositoryModelUnloadRequest(model_name="cascade")
    with pytest.raises(grpc.RpcError) as refused:
      stub.RepositoryModelUnload(unload)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_it_listens_to_this_machine_alone(started):
  """Not at other addresses of the machine."""
  port, _, _ = started
  other = socket.gethostbyname(socket.gethostname())
  if other.startswith("127."):
    other = "127.0.0.2"
  with pytest.raises(OSError):
    socket.create_connection((other, port), timeout=5).close()


@pytest.mark.parametrize(
  "options, words",
  [
    ([], "No model is named"),
    (["--models=nowhere"], "--models=nowhere"),
    (["--models=x", "--token_file=nowhere"], "--token_file=nowhere"),
    (["--models=x", "--port=70000"], "port"),
  ],
)
def test_mistakes_are_told(options, words):
  """In one message."""
  assert words in commands.refusal("serve", *options)


def test_a_missing_library_is_told(monkeypatch):
  """With the command that installs it."""
  monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
  assert "[serve]" in commands.refusal("serve", "--models=x")


def test_a_signal_ends_it(started):
  """Quietly, as the last test of the process."""
  _, _, process = started
  process.send_signal(signal.SIGTERM)
  _, messages = process.communicate(timeout=60)
  assert "Traceback" not in messages, messages


def test_the_rest_of_the_project_needs_no_kserve():
  """Nor does the command itself, which says what is missing."""
  found = subprocess.run(
    [
      sys.executable,
      "-c",
      "import sys; sys.modules['kserve'] = None; import experiments.serve; "
      "import experiments.editing.editor, experiments.runs.exports",
    ],
    cwd=commands.ROOT,
    capture_output=True,
    text=True,
  )
  assert found.returncode == 0, found.stderr
