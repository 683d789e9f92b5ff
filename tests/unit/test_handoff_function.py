"""The function `handoff`: its topic and its schedule reach their handlers, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from functions_framework.aio import create_asgi_app
from starlette.testclient import TestClient

from scripts.yaml_file import ROOT
from shared.models.events import HANDOFFS, HandoffDue, HandoffEvent
from shared.platform.bus import envelope
from shared.platform.endpoint import Topics
from shared.wiring import handoff, process

EVENT = HandoffDue(tenant="hotel", handoff="h1")


@dataclass
class Parts:
    """Parts that record their calls."""

    events: list[HandoffEvent] = field(default_factory=list)
    runs: int = 0

    @property
    def due(self) -> Parts:
        return self

    @property
    def topics(self) -> Topics:
        return {"handoffs": (HANDOFFS, self.handle)}

    async def handle(self, event: HandoffEvent) -> None:
        self.events.append(event)

    async def run(self) -> dict[str, int]:
        self.runs += 1
        return {"waiting": 2}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    made = Parts()
    monkeypatch.setattr(handoff, "wire", lambda *_: made)
    monkeypatch.setattr(process, "surroundings", lambda: (None, None))
    return made


@pytest.fixture
def function(parts: Parts) -> Iterator[TestClient]:
    app = create_asgi_app("handoff", str(ROOT / "functions" / "handoff" / "main.py"))  # type: ignore[no-untyped-call]
    with TestClient(app) as client:
        yield client


def pushed() -> bytes:
    return envelope.build(
        EVENT.model_dump_json().encode(),
        attributes={"tenant": "hotel"},
        message_id="1",
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        ordering_key="",
        attempt=1,
        subscription="projects/p/subscriptions/handoff-handoffs",
    )


@pytest.mark.parametrize("path", ["/due", "/due/"])
def test_the_schedule_does_what_is_due(parts: Parts, function: TestClient, path: str) -> None:
    answer = function.post(path)
    assert (answer.status_code, answer.json()) == (200, {"waiting": 2})
    assert (parts.runs, parts.events) == (1, [])


def test_the_topic_brings_events(parts: Parts, function: TestClient) -> None:
    assert function.post("/handoffs", content=pushed()).status_code == 204
    assert (parts.runs, parts.events) == (0, [EVENT])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/due", 405), ("POST", "/", 404), ("POST", "/handoffs/due", 404), ("POST", "/outbound", 404)],
)
def test_no_other_request_does_anything(
    parts: Parts, function: TestClient, method: str, path: str, status: int
) -> None:
    assert function.request(method, path, content=pushed()).status_code == status
    assert (parts.runs, parts.events) == (0, [])
