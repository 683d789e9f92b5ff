"""Export of spans to Cloud Trace or another collector, as OTLP over HTTP.

https://opentelemetry.io/docs/specs/otlp/#otlphttp. Decided in infra/decisions/0015-traces.md. A request only
puts its spans into a bounded queue. A thread sends them seconds later; if the platform gives no processor
time between requests, that is during a later one. At exit (SIGTERM) the rest is sent. Spans that a collector
does not accept are dropped and counted: no person waits for traces.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import signal
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from shared.platform import logs
from shared.platform.tracing import Span

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

#: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/v1.traces
CLOUD = "https://telemetry.googleapis.com/v1/traces"
SCOPE = "https://www.googleapis.com/auth/trace.append"
#: Spans in the queue; the oldest are dropped. A full queue is about a megabyte.
LIMIT = 2_000
BATCH = 500
#: The attributes of a span.
_ELSEWHERE = frozenset({"function", "span", "trace"})
#: Seconds between a span and its sending, for half of the fixed cost of a batch; and after a batch that was
#: not accepted.
PAUSE = 5.0
PAUSE_AFTER_FAILURE = 30.0


class OtlpTraces:
    """Exporter of spans.

    `project` is set for Google's own endpoint: requests carry the function's identity. `deadline` (s) bounds
    the sending of one batch with its retries, `pause` (s) is how long its first span waits.
    """

    def __init__(
        self, endpoint: str, project: str = "", *, deadline: float = 3.0, pause: float = PAUSE
    ) -> None:
        self._endpoint, self._project, self._deadline, self._pause = endpoint, project, deadline, pause
        self._queue: deque[Span] = deque(maxlen=LIMIT)
        self._scheduled = self._watches_end = False
        self._lost = 0
        self._thread = ThreadPoolExecutor(1, "traces")
        self._exporting: asyncio.Task[None] | None = None  # the loop itself holds tasks weakly
        atexit.register(self.flush)

    def take(self, span: Span) -> None:
        """Queues a span in microseconds, without a wait. To be called within a running event loop."""
        self._lost += len(self._queue) == LIMIT
        self._queue.append(span)
        if not self._scheduled:
            self._schedule(self._pause)

    def flush(self) -> None:
        """Sends the queued spans now, in one batch; for the end of the process."""
        self._send(self._batch(LIMIT))

    def _schedule(self, pause: float) -> None:
        loop = asyncio.get_running_loop()
        if not self._watches_end:
            self._watches_end = True
            self._watch_end(loop)
        self._scheduled = True
        loop.call_later(pause, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._exporting = loop.create_task(self._export())

    def _watch_end(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sends the queued spans at SIGTERM, after the server has received the signal.

        The framework's server ends its requests and then exits by the signal, so Python's own exit handlers
        never run.
        """
        server = signal.getsignal(signal.SIGTERM)

        def terminated() -> None:
            if callable(server):
                server(signal.SIGTERM, None)
            self.flush()

        if callable(server):
            loop.add_signal_handler(signal.SIGTERM, terminated)

    async def _export(self) -> None:
        sent = await asyncio.get_running_loop().run_in_executor(self._thread, self._send, self._batch(BATCH))
        if sent and not self._queue:
            self._scheduled = False
        else:
            self._schedule(self._pause if sent else PAUSE_AFTER_FAILURE)

    def _batch(self, size: int) -> list[Span]:
        return [self._queue.popleft() for _ in range(min(size, len(self._queue)))]

    def _send(self, batch: Sequence[Span]) -> bool:
        if not batch:
            return True
        from opentelemetry.sdk.trace.export import SpanExportResult

        try:
            sent = self._exporter.export([_readable(span, self._project) for span in batch])
        except Exception as error:  # e.g. no credentials: it must not end the process that serves people
            logs.logger().error("traces_failed", **logs.describe(error))
            sent = SpanExportResult.FAILURE
        self._lost += 0 if sent is SpanExportResult.SUCCESS else len(batch)
        if self._lost:
            logs.logger().warning("traces_lost", spans=self._lost)
            self._lost = 0
        return sent is SpanExportResult.SUCCESS

    @cached_property
    def _exporter(self) -> OTLPSpanExporter:
        """Returns the exporter. Its import takes 200 ms: in its own thread, never before the first answer."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # failures are logged above
        session = _authorized() if self._project else None
        return OTLPSpanExporter(self._endpoint, timeout=self._deadline, session=session)


def _authorized() -> Any:
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=[SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _readable(span: Span, project: str) -> ReadableSpan:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(id: str) -> SpanContext:
        flags = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(int(span.trace, 16), int(id, 16), is_remote=False, trace_flags=flags)

    return ReadableSpan(
        span.name,
        context=context(span.id),
        parent=context(span.parent) if span.parent else None,
        resource=_resource(span.function, project),
        attributes={
            f"concierge.{name}": fact
            for name, fact in span.facts.items()
            if name not in _ELSEWHERE and fact not in ("", None)
        },
        kind=SpanKind[span.kind.upper()],
        status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
        start_time=span.began,
        end_time=span.ended,
    )


@lru_cache(maxsize=32)
def _resource(function: str, project: str) -> Resource:
    from opentelemetry.sdk.resources import Resource

    told = {"service.name": function, "service.namespace": "concierge"}
    return Resource(told | ({"gcp.project_id": project} if project else {}))
