"""Spans: the steps that have one, their parents, and their cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from shared.platform import tracing
from shared.platform.tracing import Span

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans() -> Iterator[list[Span]]:
    """The finished spans of a test."""
    found: list[Span] = []
    tracing.configure(found.append)
    yield found
    tracing.configure(None)


def request(traceparent: str = "", *, trusted: bool = True) -> None:
    tracing.begin("reply", "consumer")
    tracing.follow(traceparent, trusted=trusted)


def test_a_hop_is_the_child_of_who_published_and_parts_are_its_children(spans: list[Span]) -> None:
    request(f"00-{TRACE}-{PARENT}-01")
    with tracing.span("store.transaction"), tracing.span("inner", "client", channel="waha"):
        pass
    following = tracing.traceparent()
    tracing.end(failed=False, status=204)
    inner, transaction, hop = spans
    assert [span.trace for span in spans] == [TRACE] * 3
    assert (hop.parent, transaction.parent, inner.parent) == (PARENT, hop.id, transaction.id)
    assert following == f"00-{TRACE}-{hop.id}-01"
    assert hop.began <= transaction.began <= inner.began <= inner.ended <= transaction.ended <= hop.ended
    assert (hop.facts["status"], inner.facts, inner.kind) == (204, {"channel": "waha"}, "client")


@pytest.mark.parametrize("told", ["", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01"])
def test_without_a_trace_one_begins(told: str, spans: list[Span]) -> None:
    request(told)
    tracing.end(failed=False)
    (hop,) = spans
    assert hop.parent == ""
    assert len(hop.trace) == 32
    assert hop.trace != TRACE


def test_what_an_exception_leaves_is_failed(spans: list[Span]) -> None:
    request()
    with pytest.raises(ValueError, match="no"), tracing.span("store.transaction"):
        raise ValueError("no")
    tracing.end(failed=True)
    part, hop = spans
    assert (part.failed, part.facts, hop.failed) == (True, {"error": "ValueError"}, True)


async def test_parts_that_run_at_once_are_siblings(spans: list[Span]) -> None:
    request()

    async def part(name: str) -> None:
        with tracing.span(name):
            await asyncio.sleep(0)

    await asyncio.gather(part("one"), part("two"))
    tracing.end(failed=False)
    one, two, hop = spans
    assert one.parent == two.parent == hop.id


def test_where_a_message_enters_is_decided_whether_it_is_kept(spans: list[Span]) -> None:
    request(f"00-{TRACE}-{PARENT}-00", trusted=True)
    assert tracing.traceparent().endswith("-00")
    tracing.end(failed=False)
    assert spans == []
    request(f"00-{TRACE}-{PARENT}-00", trusted=False)  # text from outside
    assert tracing.traceparent().endswith("-01")
    tracing.end(failed=False)
    assert len(spans) == 1


def test_a_busy_second_costs_no_more_than_its_share() -> None:
    found: list[Span] = []
    tracing.configure(found.append, per_second=2)
    began = int(time.monotonic())
    for _ in range(100):
        request(f"00-{TRACE}-{PARENT}-01", trusted=False)
        tracing.end(failed=False)
    seconds = int(time.monotonic()) - began + 1
    tracing.configure(None)
    assert 2 <= len(found) <= 2 * seconds


def test_without_traces_a_message_still_carries_its_ids() -> None:
    tracing.configure(None)
    request(f"00-{TRACE}-{PARENT}-01")
    with tracing.span("store.transaction"):
        following = tracing.traceparent()
    tracing.end(failed=False)
    assert following.startswith(f"00-{TRACE}-")
    assert following.endswith("-00")
