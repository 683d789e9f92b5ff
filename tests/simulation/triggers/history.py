"""The history of a world: each committed state of contacts, triggers and conversations, and the troubles."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

Fields = dict[str, Any]


class Version(NamedTuple):
    """A state of a document, from its commit `at` (s) on."""

    at: float
    fields: Fields


class Begun(NamedTuple):
    """A message of a trigger, queued `at` (s)."""

    at: float
    turn: str
    conversation: str


#: Fields of documents that the audit looks at; writes that change no other one are left out.
_CONTACT = (
    "contact name phone timezone country attributes standing permissions merged_into created_at".split()
)
_TRIGGER = ("trigger", "definition", "state", "confirmed", "why")
_CONVERSATION = ("conversation", "channel", "contact", "human", "state", "handoff", "heard_at", "merged_into")


@dataclass
class History:
    contacts: defaultdict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    triggers: defaultdict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    conversations: defaultdict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    begun: dict[str, Begun] = field(default_factory=dict)
    #: When no tick came, or the deployment was paused: begin and end.
    away: list[tuple[float, float]] = field(default_factory=list)
    #: When the clock of `triggers` was behind: begin, end, and by how much.
    behind: list[tuple[float, float, float]] = field(default_factory=list)

    def contact(self, at: float, fields: Fields) -> None:
        _add(self.contacts[fields["contact"]], at, {name: fields[name] for name in _CONTACT})

    def trigger(self, at: float, fields: Fields) -> None:
        """Adds a state of a trigger, with the definition that its last confirmation was given for."""
        versions, confirmed = self.triggers[fields["trigger"]], fields["confirmed"]
        before = versions[-1].fields if versions else {"confirmed": None, "confirmed_as": None}
        asked = before["confirmed_as"] if confirmed == before["confirmed"] else fields["definition"]
        _add(versions, at, {name: fields[name] for name in _TRIGGER} | {"confirmed_as": asked})

    def conversation(self, at: float, fields: Fields) -> None:
        found = {name: fields[name] for name in _CONVERSATION} | {"pending": bool(fields["pending"])}
        _add(self.conversations[fields["conversation"]], at, found)

    def message(self, at: float, fields: Fields) -> None:
        turn = fields["message"]
        if turn not in self.begun:
            self.begun[turn] = Begun(at, turn, fields["conversation"])

    def slip(self, at: float) -> float:
        """Returns the most by which the clock of `triggers` may have been behind in the minutes before."""
        return max((by for since, until, by in self.behind if since <= at <= until + 60), default=0.0)

    def is_away(self, at: float) -> bool:
        return any(since <= at < until for since, until in self.away)


_AT = attrgetter("at")


def at(versions: Sequence[Version], moment: float) -> Fields | None:
    """Returns the state at a moment, None before the first."""
    place = bisect_right(versions, moment, key=_AT)
    return versions[place - 1].fields if place else None


def between(versions: Sequence[Version], since: float, until: float) -> Iterator[Fields]:
    """Yields the state at `since` and each one that followed by `until`, the oldest first."""
    first = max(0, bisect_right(versions, since, key=_AT) - 1)
    for version in versions[first : bisect_right(versions, until, key=_AT)]:
        yield version.fields


def _add(versions: list[Version], at: float, fields: Fields) -> None:
    if not versions or versions[-1].fields != fields:
        versions.append(Version(at, fields))
