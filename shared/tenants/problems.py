"""Problems of data that people wrote: each has a field and a message with the expected value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from shared.errors import ConfigurationError

#: The field, and the message.
Breaches = Iterator[tuple[str, str]]
#: Maximum number of problems that are told at once.
LIMIT = 100


class Problem(NamedTuple):
    """A wrong field (`channels.main.kind`, "" for the whole), and a message with the expected value, which
    never shows a value of `secrets`."""

    field: str
    message: str


class Invalid(ConfigurationError):
    """Data with problems, the outermost field first, at most `LIMIT`; as text, one line for each."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = [Problem(*problem) for problem in islice(problems, LIMIT)]
        super().__init__("\n".join(f"{field}: {message}" for field, message in self.problems))
