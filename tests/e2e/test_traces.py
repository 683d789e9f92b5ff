"""One message, one trace: each hop's span with its parent, in the local run's view and at a collector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from scripts.local.process import free_port
from tests.e2e.concierge import person, wait_for
from tests.e2e.conftest import LocalRun
from tests.e2e.phone import Phone
from tests.fakes.collector import collecting

HOPS = ["webhook", "reply inbound", "deliver outbound"]


def spans(run: LocalRun, message: str) -> list[dict[str, Any]]:
    way = run.http.get("/_sim/way", params={"tenant": "hotel", "message": message}).json()
    return list(way["spans"])


def traced(run: LocalRun) -> list[dict[str, Any]]:
    """Returns the spans of an answered message, once its last hop is done."""
    who = person()
    message = run.say(who, "What time is breakfast?")
    run.until_texts(who, 1)
    wait_for(lambda: {*HOPS} <= {span["name"] for span in spans(run, message)})
    return spans(run, message)


def test_a_message_is_one_trace_and_each_hop_is_the_child_of_the_one_that_published_to_it(
    concierge: LocalRun,
) -> None:
    found = traced(concierge)
    assert len({span["trace"] for span in found}) == 1
    named = {span["name"]: span for span in found}
    webhook, reply, deliver = (named[name] for name in HOPS)
    assert (webhook["parent"], reply["parent"], deliver["parent"]) == ("", webhook["span"], reply["span"])
    assert [webhook["depth"], reply["depth"], deliver["depth"]] == [0, 1, 2]
    assert [span["kind"] for span in (webhook, reply, deliver)] == ["server", "consumer", "consumer"]
    for part, hop in [
        ("publish inbound", webhook),
        ("publish outbound", reply),
        ("knowledge.search", reply),
        ("gateway.send", deliver),
    ]:
        assert named[part]["parent"] == hop["span"]
        assert named[part]["since_ms"] >= hop["since_ms"]
        assert named[part]["ms"] <= hop["ms"]
    assert not any(span["failed"] for span in found)
    transactions = [span for span in found if span["name"] == "store.transaction"]
    assert {span["function"] for span in transactions} == {"reply", "deliver"}


def test_a_gateway_s_receipt_is_a_trace_of_its_own(concierge: LocalRun) -> None:
    """A receipt comes when the person reads, after the answer's trace."""
    assert "deliver receipts" not in {span["name"] for span in traced(concierge)}


@pytest.mark.parametrize("ill", ["hangs", "refuses", "is down"])
def test_an_ill_collector_costs_no_message(ill: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        url = collector.url if ill != "is down" else f"http://127.0.0.1:{free_port()}/v1/traces"
        monkeypatch.setenv("CONCIERGE_TRACES", f"otlp:{url}")
        collector.status = 503
        if ill == "hangs":
            collector.released.clear()
        run = LocalRun(tmp_path)
        run.start()
        people = [person() for _ in range(5)]
        for who in people:
            run.say(who, "What time is breakfast?")
        for who in people:
            run.until_texts(who, 1)
        run.stop()
    assert "500 in" not in run.log()


@pytest.mark.browser
async def test_the_phone_shows_the_trace_as_a_waterfall(phone: Phone) -> None:
    await phone.enter("hotel")
    await phone.write("What time is breakfast?")
    await expect(phone.answers).to_have_count(1)
    rows = phone.page.get_by_role("table", name="Spans of the message's trace").get_by_role("row")
    for number, name in enumerate(HOPS):
        row = rows.filter(has=phone.page.get_by_role("rowheader", name=name, exact=True))
        await expect(row).to_have_attribute("data-depth", str(number))
        await expect(row).to_contain_text("ms")
    offsets = await rows.locator("b").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().x)")
    hops = await rows.locator("b:not(.part)").evaluate_all(
        "bars => bars.map(bar => bar.getBoundingClientRect().x)"
    )
    assert len(offsets) >= 8
    assert hops == sorted(hops)
    assert hops[0] < hops[-1]
