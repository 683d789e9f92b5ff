"""A dead letter in the functions as they deploy: apologised for, listed, and replayed by `make replay`."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from scripts.yaml_file import ROOT
from shared.models.events import MessageReceived
from shared.models.parts import Text
from shared.models.people import Address
from shared.platform.bus import envelope
from tests.e2e.concierge import chat, person, wait_for
from tests.e2e.conftest import LocalRun

QUESTION = "What time is breakfast?"


def question(who: str, name: str) -> bytes:
    now = datetime.now(UTC)
    event = MessageReceived(
        tenant="hotel",
        channel="waha",
        id=name,
        peer=Address(chat=chat(who), identities=[f"whatsapp:+{who}"]),
        at=now,
        received_at=now,
        parts=[Text(text=QUESTION)],
    )
    return event.model_dump_json().encode()


def dead(data: bytes, message: str) -> bytes:
    """Returns a push from the dead-letter topic of reply's subscription."""
    now = datetime.now(UTC)
    told = envelope.dead_letter_attributes("reply-inbound", 20, now, "status 500")
    return envelope.build(
        data,
        attributes={"tenant": "hotel", "kind": "message", **told},
        message_id=message,
        published_at=now,
        ordering_key="",
        attempt=1,
        subscription="projects/local/subscriptions/maintenance-reply-inbound-dead",
    )


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "CONCIERGE_STORE": f"sqlite:{folder / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{folder / 'bus.db'}",
    }
    command = [sys.executable, "-m", "scripts.replay", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=30
    )


def test_a_dead_question_is_apologised_for_then_replayed_and_answered(own_concierge: LocalRun) -> None:
    who, folder = person(), own_concierge.folder
    push = dead(question(who, "DEAD1"), "b1")
    for _ in range(2):  # at least once
        assert own_concierge.http.post("/maintenance/dead", content=push).status_code == 204
    (apology,) = own_concierge.until_texts(who, 1)
    assert "sorry" in apology.lower()
    assert own_concierge.outcomes(who) == ["dead_lettered"]

    (line,) = replay(folder).stdout.splitlines()
    place = next(word for word in line.split() if word.startswith("hotel/reply-inbound."))
    assert "20 attempts: status 500" in line
    assert QUESTION not in line
    assert QUESTION in replay(folder, "show", place).stdout
    assert "would be replayed" in replay(folder, "all", "--dry-run").stdout
    assert "→ replayed" in replay(folder, "kind", "message").stdout
    assert "not waiting any more" in replay(folder, "one", place).stdout

    answer = own_concierge.until_texts(who, 2)[1]
    assert "breakfast" in answer.lower()
    wait_for(lambda: own_concierge.outcomes(who) == ["answered"])
    assert replay(folder).stdout.strip() == "no dead letters wait"


def test_what_cannot_be_read_is_seen_and_dropped(own_concierge: LocalRun) -> None:
    folder = own_concierge.folder
    assert own_concierge.http.post("/maintenance/dead", content=dead(b"\xff{", "b1")).status_code == 204
    (line,) = replay(folder).stdout.splitlines()
    place = next(word for word in line.split() if word.startswith("hotel/"))
    assert "not an event of inbound" in line
    assert "would be dropped" in replay(folder, "drop", place, "--dry-run").stdout
    assert "→ dropped" in replay(folder, "drop", place).stdout
    assert replay(folder).stdout.strip() == "no dead letters wait"


def test_mistakes_are_told_in_one_line(concierge: LocalRun) -> None:
    for place, said in (("nonsense", "expected TENANT/ID"), ("hotel/nothing", "there is no dead letter")):
        failed = replay(concierge.folder, "one", place)
        assert failed.returncode == 1
        assert said in failed.stderr
        assert len(failed.stderr.splitlines()) == 2  # the target, and the reason
    assert concierge.http.post("/maintenance/dead", content=b"{}").status_code == 400
