"""Spans that follow one message over all hops (https://opentelemetry.io/docs/specs/otel/trace/).

Each hop is a span, child of the hop that published to it: `traceparent` travels in message attributes. Within
a hop, `with span("store.transaction")` measures a part. Recording notes ids and times, some microseconds
each; finished spans go to an adapter (platform/traces), without a wait.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from shared.platform import logs

Kind = Literal["internal", "server", "client", "producer", "consumer"]

#: https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, parent, flags. Zeros are no ids.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_SAMPLED = frozenset("13579bdf")  # the last bit of the flags


@dataclass(slots=True)
class Span:
    """A span of a trace.

    Ids are hexadecimal, as on the wire; `parent` is empty for the first span of a trace. Times are
    nanoseconds since 1970. `facts` are ids and numbers, never a person's words. A span that is not `sampled`
    is not kept, nor are its children.
    """

    function: str
    name: str
    kind: Kind
    trace: str
    id: str
    parent: str
    sampled: bool
    began: int
    facts: dict[str, Any]
    ended: int = 0
    failed: bool = False


class _Recorder:
    """Recorder of finished spans, of at most `per_second` traces that begin here.

    A quiet day is kept whole, and a busy one costs no more than that.
    """

    def __init__(self, take: Callable[[Span], None], per_second: int | None) -> None:
        self.take, self._per_second = take, per_second
        self._second, self._begun = 0, 0

    def admits(self) -> bool:
        if self._per_second is None:
            return True
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._begun = second, 0
        self._begun += 1
        return self._begun <= self._per_second


#: A process's first request comes before `configure`, which its own work calls: until then it is recorded.
_recorder: _Recorder | None = _Recorder(lambda _: None, None)
_current: ContextVar[Span | None] = ContextVar("span", default=None)
_NOTHING: AbstractContextManager[None] = nullcontext()


def configure(take: Callable[[Span], None] | None, per_second: int | None = None) -> None:
    """Configures tracing, once in a process: `take` receives finished spans, None drops them.

    `per_second` limits the traces that begin here; None keeps every one.
    """
    global _recorder
    _recorder = _Recorder(take, per_second) if take else None


def begin(function: str, kind: Kind) -> None:
    """Begins the span of a new request; `follow` sets its trace."""
    _current.set(Span(function, function, kind, "", _name(), "", False, time.time_ns(), {}))


def follow(traceparent: str, *, trusted: bool) -> dict[str, str]:
    """Continues the trace of `traceparent`, or begins one if it is empty or malformed.

    Returns the ids for each log line. Sampling is decided at the first hop, and its traceparent carries the
    decision: `trusted` if we published it ourselves, since a stranger does not decide.
    """
    hop = _current.get()
    if hop is None:
        raise RuntimeError("no request has begun")
    told = _TRACEPARENT.fullmatch(traceparent)
    if told:
        hop.trace, hop.parent = told[1], told[2]
    else:
        hop.trace = _name() + _name()
    if told and trusted:
        hop.sampled = _recorder is not None and told[3][1] in _SAMPLED
    else:
        hop.sampled = _recorder is not None and _recorder.admits()
    return {"trace": hop.trace, "span": hop.id}


def end(*, failed: bool, **facts: Any) -> None:
    """Ends the request's span, with the ids bound to the log lines."""
    hop = _current.get()
    if hop is not None and hop.sampled:
        hop.failed, hop.facts = failed, {**logs.bound(), **facts}
        if topic := hop.facts.get("topic"):
            hop.name = f"{hop.function} {topic}"
        _finish(hop)


def span(name: str, kind: Kind = "internal", **facts: Any) -> AbstractContextManager[None]:
    """Records a part of the request as a span; an exception that leaves it marks it as failed."""
    parent = _current.get()
    return _Part(parent, name, kind, facts) if parent is not None and parent.sampled else _NOTHING


def traceparent() -> str:
    """Returns the traceparent for a message published now, or "" outside a request."""
    now = _current.get()
    return f"00-{now.trace}-{now.id}-{'01' if now.sampled else '00'}" if now is not None else ""


class _Part:
    def __init__(self, parent: Span, name: str, kind: Kind, facts: dict[str, Any]) -> None:
        self._parent, self._name, self._kind, self._facts = parent, name, kind, facts

    def __enter__(self) -> None:
        up, now = self._parent, time.time_ns()
        self._span = Span(
            up.function, self._name, self._kind, up.trace, _name(), up.id, True, now, self._facts
        )
        _current.set(self._span)

    def __exit__(self, kind: type[BaseException] | None, _: object, __: object) -> None:
        _current.set(self._parent)
        if kind is not None:
            self._span.failed = True
            self._span.facts["error"] = kind.__name__
        _finish(self._span)


def _name() -> str:
    """Returns a random id that need not be secret: a fifth of the time of the system's randomness."""
    return f"{random.getrandbits(64):016x}"


def _finish(span: Span) -> None:
    span.ended = time.time_ns()
    span.facts = logs.clean(span.facts)
    if _recorder is not None:
        _recorder.take(span)
