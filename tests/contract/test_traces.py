"""Export of spans to a collector; a failing collector costs a person nothing noticeable."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from scripts.local.leash import leashed
from scripts.local.process import free_port
from scripts.yaml_file import ROOT
from shared.platform import logs, tracing
from shared.platform.traces.otlp import LIMIT, OtlpTraces
from tests.e2e.concierge import wait_for
from tests.fakes.collector import Collector, collecting

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """Resets tracing after each test."""
    yield
    tracing.configure(None)


def hop(function: str = "reply", *, failed: bool = False) -> None:
    """Records a request with one span inside."""
    logs.begin(function=function, tenant="hotel", message="m1")
    tracing.begin(function, "consumer")
    tracing.follow(f"00-{TRACE}-{PARENT}-01", trusted=True)
    with tracing.span("gateway.send", "client", channel="waha"):
        pass
    tracing.end(failed=failed, status=500 if failed else 204, reason="")


async def until(condition: Any, within: float = 10) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_collector_gets_well_formed_spans(collector: Collector) -> None:
    tracing.configure(OtlpTraces(collector.url, pause=0.01).take)
    hop("reply")
    hop("deliver", failed=True)
    await until(lambda: len(collector.spans()) == 2)
    assert set(collector.types) == {"application/x-protobuf"}
    part, replied = collector.spans()["reply"]
    assert (replied.trace_id.hex(), replied.parent_span_id.hex()) == (TRACE, PARENT)
    assert (part.name, part.parent_span_id) == ("gateway.send", replied.span_id)
    assert (part.kind, replied.kind) == (OtlpSpan.SPAN_KIND_CLIENT, OtlpSpan.SPAN_KIND_CONSUMER)
    assert replied.start_time_unix_nano <= part.start_time_unix_nano <= part.end_time_unix_nano
    assert abs(replied.end_time_unix_nano / 1e9 - time.time()) < 60
    told = {each.key: each.value.string_value or each.value.int_value for each in replied.attributes}
    assert told["concierge.message"] == "m1"
    assert told["concierge.status"] == 204
    assert "concierge.reason" not in told
    assert collector.spans()["deliver"][1].status.code == Status.STATUS_CODE_ERROR


async def test_google_s_endpoint_is_told_whose_spans_they_are(collector: Collector) -> None:
    """https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/overview: gcp.project_id."""
    from shared.platform.traces.otlp import _resource

    assert _resource("reply", "some-project").attributes["gcp.project_id"] == "some-project"


async def test_a_slow_collector_is_waited_for_by_nobody(
    collector: Collector, lines: list[dict[str, Any]]
) -> None:
    collector.released.clear()
    traces = OtlpTraces(collector.url, deadline=0.5, pause=0.01)
    tracing.configure(traces.take)
    began = time.perf_counter()
    for _ in range(LIMIT):  # two spans each: more than the buffer keeps
        hop()
    assert time.perf_counter() - began < 1
    await until(lambda: any(line["event"] == "traces_lost" for line in lines))
    lost = next(line for line in lines if line["event"] == "traces_lost")
    assert lost["spans"] >= LIMIT
    assert len(traces._queue) <= LIMIT
    collector.released.set()
    traces.flush()
    assert collector.spans()["reply"]


async def test_a_collector_that_is_down_is_left_alone_for_a_while(lines: list[dict[str, Any]]) -> None:
    traces = OtlpTraces(f"http://127.0.0.1:{free_port()}/v1/traces", deadline=0.2, pause=0.01)
    tracing.configure(traces.take)
    hop()
    await until(lambda: any(line["event"] == "traces_lost" for line in lines))
    before = len(lines)
    for _ in range(20):
        hop()
        await asyncio.sleep(0.01)
    assert len(lines) == before


@pytest.mark.parametrize("down", [False, True])
def test_at_its_end_a_function_sends_what_it_has(collector: Collector, tmp_path: Path, down: bool) -> None:
    """The platform ends an instance with SIGTERM to the framework's own server."""
    collector.status = 503 if down else 200
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "CONCIERGE_STORE": f"sqlite:{tmp_path / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{tmp_path / 'bus.db'}",
        "CONCIERGE_SECRETS": "environment",
        "CONCIERGE_TRACES": f"otlp:{collector.url}",
        "FUNCTION_TARGET": "webhook",
        "FUNCTION_SOURCE": str(ROOT / "functions" / "webhook" / "main.py"),
        "FUNCTION_USE_ASGI": "true",
        "WORKERS": "1",
        "PORT": str(port),
    }
    command = str(Path(sys.executable).with_name("functions-framework"))
    process = subprocess.Popen(
        leashed(command), env=environment, stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10)
        wait_for(lambda: _answers(http), 60)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    finally:
        process.communicate()
    named = [span.name for span in collector.spans().get("webhook", [])]
    assert ("webhook" in named) is not down


def _answers(http: httpx.Client) -> bool:
    try:
        return http.post("/nobody/nothing").status_code == 404
    except httpx.TransportError:
        return False
