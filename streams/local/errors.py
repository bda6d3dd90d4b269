"""The one exception of this package. Imports nothing.

LocalPartsError
  one clear sentence on what failed and what to do about it; where a process died, the end of its log follows
"""


class LocalPartsError(Exception):
    """A local part cannot be had, started or reached; the text says what to do."""
