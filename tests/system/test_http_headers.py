"""Headers of any bytes are read, and an address that is none has no parts."""

import pytest

from experiments.system import http_headers


def test_names_are_lower_case_and_any_byte_is_a_character():
  """So that no header makes a server fail; the last of a name counts."""
  sent = [(b"HOST", b"a"), (b"X-Odd\xff", bytes(range(256))), (b"host", b"b")]
  read = http_headers.decoded({"headers": sent})
  assert read["host"] == "b" and len(read) == 2
  assert read["x-odd\xff"].encode("latin-1") == bytes(range(256))


@pytest.mark.parametrize(
  "address, name",
  [
    ("//localhost:8080", "localhost"),
    ("http://[::1]:80", "::1"),
    ("//127.0.0.1.example", "127.0.0.1.example"),
    ("null", None),
    ("", None),
    ("//", None),
    ("http://[", None),
    ("//[::1", None),
  ],
)
def test_an_address_has_a_name_or_none(address, name):
  """Whatever a sender writes there."""
  assert http_headers.address_parts(address).hostname == name
