"""One message's way through the functions, from their log lines, the record of calls and the documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from scripts.local.sim import ledger, waterfall
from scripts.local.sim.journal import Journal
from scripts.local.vendors.calls import CallLog
from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.models.people import document_id
from shared.platform.store import Store, Where

#: A log line's time is slightly later than its event.
SLACK = timedelta(milliseconds=2)
_OWN = {"event", "time", "function", "tenant", "severity", "level", "conversation", "trace", "span"}


async def read(store: Store, journal: Journal, calls: CallLog, tenant: str, message: str) -> dict[str, Any]:
    """Returns the way of an inbound message, given its id or its answer's id. Empty if nothing is known
    yet."""
    inbound = await _find(store, tenant, message)
    turn = inbound.turn if inbound else ""
    name = inbound.message if inbound else document_id(message)
    lines = journal.about(tenant, {name, turn} - {""})
    hops = [_Hop(line) for line in lines if line["event"] == "handled"]
    hops.sort(key=lambda hop: hop.began)
    start = hops[0].began if hops else None
    steps = [line for line in lines if line["event"] != "handled"]
    # Receipts come later, on the gateway's own calls; with them the scale would be too coarse for the rest.
    traces = {str(line.get("trace")) for line in lines if line.get("topic") != "receipts"}
    return {
        "message": name,
        "turn": turn,
        "outcome": inbound.outcome if inbound else None,
        "reason": inbound.reason if inbound else "",
        "conversation": await _conversation(store, inbound),
        "started_at": start.isoformat() if start else None,
        "hops": [hop.tell(start, steps) for hop in hops if start],
        "spans": waterfall.rows(journal.spans(traces)),
        "calls": [_call(each, start) for each in (calls.of_turn(tenant, turn) if turn else [])],
    }


class _Hop:
    """One request that a function handled; its log line is written at its end."""

    def __init__(self, line: dict[str, Any]) -> None:
        self.line = line
        self.ended = datetime.fromisoformat(line["time"])
        self.began = self.ended - timedelta(milliseconds=float(line.get("ms", 0)))

    def tell(self, start: datetime, steps: Sequence[dict[str, Any]]) -> dict[str, Any]:
        line = self.line
        return {
            "function": line.get("function", ""),
            "topic": line.get("topic", ""),
            "at": self.began.isoformat(),
            "since_ms": _ms(self.began - start),
            "ms": line.get("ms", 0),
            "status": line.get("status", 0),
            "reason": line.get("reason", ""),
            "reads": line.get("reads", 0),
            "wrote": line.get("wrote", []),
            "published": line.get("published", []),
            "steps": [self._step(each, start) for each in steps if self._mine(each)],
        }

    def _mine(self, step: dict[str, Any]) -> bool:
        at = datetime.fromisoformat(step["time"])
        same = step.get("function") == self.line.get("function")
        return same and self.began - SLACK <= at <= self.ended + SLACK

    def _step(self, line: dict[str, Any], start: datetime) -> dict[str, Any]:
        facts = {name: value for name, value in line.items() if name not in _OWN}
        at = datetime.fromisoformat(line["time"])
        return {"event": line["event"], "since_ms": _ms(at - start), "facts": facts}


async def _find(store: Store, tenant: str, message: str) -> Inbound | None:
    inbound = Where("direction", "==", "in")
    named = document_id(message)
    for field in ("message", "turn"):
        found = await store.query(Inbound, where=[inbound, Where(field, "==", named)], limit=1, tenant=tenant)
        if found:
            return found[0]
    return None


async def _conversation(store: Store, inbound: Inbound | None) -> dict[str, Any] | None:
    if inbound is None:
        return None
    found = await store.get(Conversation, tenant=inbound.tenant, conversation=inbound.conversation)
    return ledger.describe(found) if found else None


def _call(call: dict[str, Any], start: datetime | None) -> dict[str, Any]:
    shown = {name: call[name] for name in ("seq", "at", "channel", "kind", "to", "status")}
    since = _ms(datetime.fromisoformat(call["at"]) - start) if start else None
    return {**shown, "since_ms": since}


def _ms(span: timedelta) -> float:
    return round(span.total_seconds() * 1000, 1)
