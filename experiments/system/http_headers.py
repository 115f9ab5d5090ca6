"""What a request says before its body, as ASGI hands it on."""

import urllib.parse
from collections.abc import Mapping
from typing import Any


def decoded(scope: Mapping[str, Any]) -> dict[str, str]:
  """Returns the headers of a request, by names in lower case.

  Of a header that is sent twice the last counts.

  Args:
    scope: ASGI's description of the request.
  """
  # Every byte is a character of Latin-1, so that none is refused here.
  return {
    name.decode("latin-1").lower(): value.decode("latin-1")
    for name, value in scope["headers"]
  }


def address_parts(address: str) -> urllib.parse.SplitResult:
  """Returns the parts of an address; empty ones of what is none.

  Args:
    address: A header such as Origin, or `//` and a Host.
  """
  try:
    return urllib.parse.urlsplit(address)
  except ValueError:
    return urllib.parse.urlsplit("")
