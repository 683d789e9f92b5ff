"""Problems of a written person: all of them at once, each with its field and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

#: Maximum number of problems of one record that are told.
LIMIT = 100


class Problem(NamedTuple):
    """A wrong field (`attributes.check_in`), and a message with the expected value.

    It never quotes the given value: messages reach logs and terminals.
    """

    field: str
    message: str


class Refused(Exception):
    """A written person with problems; nothing of it was stored."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(islice(problems, LIMIT))
        super().__init__("; ".join(f"{field}: {message}" for field, message in self.problems))
