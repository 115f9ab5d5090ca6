"""The Open Inference Protocol over gRPC, at an address of its own.

KServe's servicer answers; KServe's own gRPC server listens on all addresses.
"""

import hmac
import logging
from collections.abc import Sequence

import grpc
from kserve.errors import InvalidInput, ModelNotFound
from kserve.logging import KSERVE_LOGGER_NAME
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as endpoint
from kserve.protocol.grpc.interceptors import ExceptionToStatusInterceptor
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension

from experiments.system import errors


class _Servicer(InferenceServicer):
  """KServe's, which leaves models loaded as they are."""

  async def RepositoryModelLoad(self, request, context):  # noqa: N802
    raise InvalidInput(_REFUSAL)

  async def RepositoryModelUnload(self, request, context):  # noqa: N802
    raise InvalidInput(_REFUSAL)


_REFUSAL = "Requests load and unload no models; their folders do."


class _TokenInterceptor(grpc.aio.ServerInterceptor):
  """Refuses calls without `authorization: Bearer TOKEN` in their metadata."""

  def __init__(self, token: str):
    self._expected = f"Bearer {token}".encode()

  async def intercept_service(self, continuation, details):
    """Passes on, or refuses."""
    given = dict(details.invocation_metadata).get("authorization", "")
    if hmac.compare_digest(str(given).encode(), self._expected):
      return await continuation(details)

    async def refuse(request, context):
      await context.abort(
        grpc.StatusCode.UNAUTHENTICATED, "Send the server's token."
      )

    return grpc.unary_unary_rpc_method_handler(refuse)


def _is_no_refusal(record: logging.LogRecord) -> bool:
  """Whether a record of KServe's is more than a sender's mistake."""
  kind = record.exc_info[0] if record.exc_info else None
  return kind is None or not issubclass(kind, (InvalidInput, ModelNotFound))


def make(
  plane: DataPlane, host: str, port: int, token: str | None, max_bytes: int
) -> tuple[grpc.aio.Server, int]:
  """Returns a server that is not started yet, and its port.

  Args:
    plane: What answers.
    host: The name or number to listen at.
    port: The port; 0 takes a free one.
    token: What calls must carry; None for none.
    max_bytes: The most bytes of a call.

  Raises:
    UserError: If the address is taken.
  """
  interceptors: Sequence[grpc.aio.ServerInterceptor] = (
    *([_TokenInterceptor(token)] if token else []),
    ExceptionToStatusInterceptor(),
  )
  server = grpc.aio.server(
    interceptors=interceptors,
    options=[("grpc.max_receive_message_length", max_bytes)],
  )
  logging.getLogger(KSERVE_LOGGER_NAME).addFilter(_is_no_refusal)
  extension = ModelRepositoryExtension(plane.model_registry)
  servicer = _Servicer(plane, extension)
  endpoint.add_GRPCInferenceServiceServicer_to_server(servicer, server)
  name = f"[{host}]" if ":" in host else host
  try:
    return server, server.add_insecure_port(f"{name}:{port}")
  except RuntimeError as error:
    raise errors.UserError(
      f"{name}:{port} cannot be listened at: {error}. Choose another "
      "--grpc_port, or 0 for a free one."
    ) from error
