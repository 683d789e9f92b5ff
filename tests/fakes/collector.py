"""An OpenTelemetry collector: receives OTLP over HTTP on a socket, or fails as the test sets.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """A collector; `status` is its answer, and a hung one answers when it is `released`."""

    def __init__(self) -> None:
        self.status, self.url = 200, ""
        self.requests: list[ExportTraceServiceRequest] = []
        self.types: list[str] = []
        self.released = threading.Event()
        self.released.set()

    def spans(self) -> dict[str, list[Span]]:
        """Returns the spans of each service in order of arrival."""
        found: dict[str, list[Span]] = {}
        for request in self.requests:
            for each in request.resource_spans:
                (service,) = (
                    a.value.string_value for a in each.resource.attributes if a.key == "service.name"
                )
                found.setdefault(service, []).extend(
                    span for scope in each.scope_spans for span in scope.spans
                )
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listens for as long as the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.released.wait(30)
            if self.path == "/v1/traces" and collector.status == 200:
                collector.types.append(self.headers["content-type"])
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    try:
        yield collector
    finally:
        collector.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
