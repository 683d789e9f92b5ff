"""Structured logs: one JSON line a step, as Cloud Logging reads them, with the ids of what is being done.

Ids are bound once, at the edge (`bind`), and every later line carries them. Texts and secrets never get here.
Fields: https://cloud.google.com/logging/docs/structured-logging
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import structlog

Line = MutableMapping[str, Any]

#: One variable for all ids: structlog's own, one for each, would cost a request four times as much.
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=MappingProxyType({}))
_encode = json.JSONEncoder(default=str, ensure_ascii=False).encode
#: One for all lines: its first use builds it for good, so each `configure` takes a new one.
_logger: Any = structlog.get_logger()
_SEVERITY = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR", "critical": "CRITICAL"}


def configure(level: str, sink: Callable[[Line], None] | None = None) -> None:
    """Once a process. `sink` gets each line in place of standard output (the local run's journal)."""
    global _logger
    structlog.configure(
        processors=[
            _with_ids,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _severity,
            _Output(sink or _print),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    _logger = structlog.get_logger()


def logger() -> Any:
    return _logger


def begin(**ids: str) -> None:
    """A new request: forget the last one's ids, bind these."""
    _ids.set({})
    bind(**ids)


def bind(**ids: str) -> None:
    """From here on, every line of this request carries these ids; empty ones are left out."""
    _ids.set({**_ids.get(), **{name: value for name, value in ids.items() if value}})


def bound() -> Mapping[str, str]:
    """The ids bound so far."""
    return _ids.get()


def describe(error: BaseException) -> dict[str, Any]:
    """What a log may say of an exception: its kind and where it came from. Its message may quote what a
    person wrote, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": where}


def _with_ids(_: Any, __: str, line: Line) -> Line:
    return {**_ids.get(), **line}


def _severity(_: Any, method: str, line: Line) -> Line:
    line["severity"] = _SEVERITY.get(method, "DEFAULT")
    if trace := line.get("trace"):
        line["logging.googleapis.com/trace"] = trace
    return line


class _Output:
    """The last processor: hands the finished line to the sink, and nothing further down."""

    def __init__(self, sink: Callable[[Line], None]) -> None:
        self._sink = sink

    def __call__(self, _: Any, __: str, line: Line) -> Line:
        self._sink(line)
        raise structlog.DropEvent


def to_cloud(line: Line) -> dict[str, Any]:
    """Cloud Logging shows the field `message` as the line's text, so our id of that name moves aside."""
    cloud = {"message_id" if name == "message" else name: value for name, value in line.items()}
    return {"message": cloud.pop("event", ""), **cloud}


def from_cloud(cloud: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `to_cloud`, for whoever reads a function's output."""
    line = {"event": cloud.get("message", ""), **{k: v for k, v in cloud.items() if k != "message"}}
    if "message_id" in line:
        line["message"] = line.pop("message_id")
    return line


def _print(line: Line) -> None:
    sys.stdout.write(_encode(to_cloud(line)) + "\n")
    sys.stdout.flush()
