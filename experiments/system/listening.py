"""Sockets that servers of this project listen at."""

import socket

from experiments.system import errors

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names of this machine, by which no other reaches it."""


def listen(host: str, port: int) -> socket.socket:
  """Returns a socket that listens.

  Args:
    host: The name or number to listen at.
    port: The port; 0 takes a free one.

  Raises:
    UserError: If the address is taken, or none of this machine's.
  """
  family = socket.AF_INET6 if ":" in host else socket.AF_INET
  listening = socket.socket(family, socket.SOCK_STREAM)
  listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  try:
    listening.bind((host, port))
    # From here on requests wait until they are answered.
    listening.listen(128)
  except OSError as error:
    listening.close()
    raise errors.UserError(
      f"{host}:{port} cannot be listened at: {error.strerror}. Choose another "
      "--port, or 0 for a free one."
    ) from error
  return listening


def address(host: str, port: int) -> str:
  """Returns the address of a server, `http://NAME:PORT`."""
  name = f"[{host}]" if ":" in host else host
  return f"http://{name}:{port}"
