"""Fields of log lines: each name has one type in all events.

Cloud Logging copies lines into one BigQuery table, whose columns take the type of the first value: a later
value of another type is refused, and the rest of its line with it. Column names are case-insensitive, and
numbers are floating-point (a JSON payload knows no others):
https://cloud.google.com/logging/docs/export/bigquery
https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from enum import Enum
from types import MappingProxyType
from typing import Any


class Kind(Enum):
    """Type of a field's value."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    #: A list of texts.
    TEXTS = "texts"


_SEVERAL = (list, tuple, set, frozenset)
#: Name of the field with values that could not be kept, each as `name=value`.
MISFITS = "misfits"

_TEXT = {
    "act": "what a member of staff did",
    "action": "action of a service, by name",
    "began": "time (ISO) at which a span began",
    "bus_message": "the bus' id of a message",
    "cap": "which limit a visitor reached",
    "channel": "channel, by name",
    "contact": "contact, by id",
    "conversation": "conversation, by id",
    "dead_letter": "dead letter, by id",
    "dependency": "checked dependency",
    "document": "tenant or channel as a document, by name",
    "error": "type of an exception",
    "event": "what happened",
    "failure": "kind of a model's failure",
    "file": "path of a local file",
    "function": "function that wrote the line",
    "gateway_status": "state of a gateway's connection, in its own word",
    "handoff": "request for a human, by id",
    "indicator": "indicator for the person: seen or typing",
    "kind": "kind of an event or of a span",
    "media_type": "type of a stored file",
    "message": "inbound message, by id; Cloud Logging has it as `message_id`",
    "model": "vendor's name of a language model",
    "name": "name of a span",
    "notifier": "notifier, by name",
    "occurrence": "occurrence of a trigger, by id",
    "outcome": "outcome of a message",
    "parent": "span that a span is part of",
    "problem": "why a file was not stored",
    "profile": "profile of a proven person, by name",
    "provider": "provider of a model",
    "reason": "why it was refused, stopped or retried",
    "result": "result of a call",
    "secret": "secret, by name",
    "severity": "severity",
    "source": "source of knowledge or of records, by name",
    "span": "span, by id",
    "state": "state of an occurrence",
    "step": "step of a request for a human",
    "subscription": "subscription, by name",
    "tenant": "tenant, by name",
    "task": "task of a language model",
    "time": "time (ISO) of the line",
    "tool": "tool of a model",
    "topic": "topic of a pushed message",
    "trace": "trace, by id",
    "trigger": "trigger, by name",
    "turn": "outbound message, by id",
    "until": "time (ISO) at which a link ends",
    "verdict": "what became of an act of staff",
    "way": "channel or notifier of a notice",
    "why": "why the concierge answered so, or was silent",
}
_NUMBER = {
    "attempts": "attempts so far",
    "bytes": "length of a file",
    "calls": "calls to language models",
    "cost": "cost in US dollars",
    "credit": "credit that is left, in US dollars",
    "due": "occurrences or sources that are due",
    "merged": "contacts that became one with another",
    "messages": "messages of a turn or of a tenant",
    "ms": "duration in milliseconds",
    "occurrences": "occurrences that were planned, moved or cancelled",
    "oldest_seconds": "age of the oldest request, occurrence or source that waits",
    "overdue": "accepted messages without an outcome",
    "part": "part of a message, from 0",
    "reads": "documents read",
    "rows": "records that a person was shown",
    "seconds": "duration in seconds",
    "share": "share of a budget, in percent",
    "spans": "spans that were lost",
    "status": "HTTP status of the response",
    "steps": "requests to models in a turn",
    "tokens": "tokens that a provider charges for",
    "tokens_in": "such tokens of requests",
    "tokens_out": "such tokens of answers",
    "waited": "seconds that a message was on the bus",
    "waiting": "events or requests that wait",
}
_FLAG = {
    "failed": "whether a span failed",
    "found": "whether the gateway knows the call",
    "kept": "whether a promise was kept",
    "stale": "whether records were kept from before",
    "sure": "whether a change was not made for sure",
    "urgent": "whether a request is for an emergency",
}
_TEXTS = {
    "models": "vendors' names of the language models of a turn",
    "facts": "ids and numbers of a span, each as `name=value`",
    "problems": "kinds of reasons not to send a model's answer",
    "published": "topics of published messages",
    "tools": "tools that a model used",
    "where": "innermost places of an exception, each as `file:line function`",
    "wrote": "paths of written documents",
    MISFITS: "values that did not fit their fields",
}

#: The meaning of each field, and its kind.
MEANINGS: Mapping[str, str] = MappingProxyType(_TEXT | _NUMBER | _FLAG | _TEXTS)
KINDS: Mapping[str, Kind] = MappingProxyType(
    dict.fromkeys(_TEXT, Kind.TEXT)
    | dict.fromkeys(_NUMBER, Kind.NUMBER)
    | dict.fromkeys(_FLAG, Kind.FLAG)
    | dict.fromkeys(_TEXTS, Kind.TEXTS)
)


def fit(line: MutableMapping[str, Any]) -> dict[str, Any]:
    """Returns the line with each value of its field's type.

    A field without a value (None) is left out, so that no column begins with an unknown type. A value of
    another type is converted; one that cannot be is moved to the field `misfits`. An unknown field is a text.
    """
    fitted: dict[str, Any] = {}
    misfits: list[str] = []
    for name, value in line.items():
        if value is None:
            continue
        if not _CHECKS.get(name, _is_unknown)(value):
            value = converted(name, value)
        if value is None:
            misfits.append(f"{name}={line[name]}"[:100])
        else:
            fitted[name] = value
    return fitted | {MISFITS: misfits} if misfits else fitted


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    """Whether the value is a finite number: JSON knows no others."""
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_texts(value: Any) -> bool:
    return isinstance(value, _SEVERAL) and (not value or all(type(each) is str for each in value))


def _is_unknown(_: Any) -> bool:
    return False


def converted(name: str, value: Any) -> Any:
    """Returns a value of another type as the field's type, or None if it cannot be that."""
    return _CONVERT[KINDS.get(name, Kind.TEXT)](value)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _flag(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}={held}" for name, held in value.items()]
    return [str(each) for each in value] if isinstance(value, _SEVERAL) else [str(value)]


_CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: str,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.TEXTS: _texts,
}
_IS = {Kind.TEXT: _is_text, Kind.NUMBER: _is_number, Kind.FLAG: _is_flag, Kind.TEXTS: _is_texts}
#: One function for each field: a line is written for every request.
_CHECKS: Mapping[str, Callable[[Any], bool]] = {name: _IS[kind] for name, kind in KINDS.items()}
