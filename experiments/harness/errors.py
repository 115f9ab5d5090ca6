"""The errors that are messages to the user."""


class UserError(Exception):
  """A mistake or a lack that the user can mend; the message says how.

  Commands print the message and exit with a non-zero status, without a
  traceback.
  """
