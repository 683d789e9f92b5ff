"""The commands `make pause`, `make resume` and `make settle` on a state of their own."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts import carry, manifest, pause, settle
from shared.models.message import Outbound, SentPart
from shared.models.parts import Text
from shared.platform.store.sqlite import SqliteStore
from shared.wiring import process

Run = Callable[..., None]
AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Yields a function that runs a module's command; the pause is in force at once."""
    for name in ("STORE", "BUS"):
        monkeypatch.setenv(f"CONCIERGE_{name}", f"sqlite:{tmp_path / name}.db")
    monkeypatch.setenv("CONCIERGE_SECRETS", "environment")
    monkeypatch.setattr(pause, "in_force", timedelta)

    def command(module: object, *arguments: str) -> None:
        process.parts.cache_clear()
        process.surroundings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["make", *arguments])
        module.main()  # type: ignore[attr-defined]

    yield command
    process.parts.cache_clear()
    process.surroundings.cache_clear()


@pytest.fixture
def store(tmp_path: Path, run: Run) -> SqliteStore:
    store = SqliteStore(tmp_path / "STORE.db")
    keys = {"tenant": "hotel", "conversation": "waha.c1", "message": "re-m1"}
    parts = [SentPart(part=Text(text="From seven to ten."))]
    more = {"channel": "waha", "to": "221770000001@c.us", "parts": parts, "at": AT, "seq": 1, "due_at": AT}
    asyncio.run(store.put(Outbound.model_validate({**keys, **more})))
    return store


def test_a_pause_says_what_waits_and_resuming_asks(
    run: Run, store: SqliteStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pause, "pause", "--why", "moving")
    said, target = capsys.readouterr()
    assert target.startswith("→ CONCIERGE_STORE=sqlite:")
    assert "waiting: 1 messages to send, 0 conversations to answer, 0 requests for a human" in said
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(SystemExit, match="still paused"):
        run(pause, "resume")
    assert "moving" in capsys.readouterr().out
    monkeypatch.setenv("YES", "1")
    run(pause, "resume")
    with pytest.raises(SystemExit, match="not paused"):
        run(pause, "resume")


def test_a_yes_of_another_value_does_not_resume(
    run: Run, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pause, "pause")
    monkeypatch.setenv("YES", "no")
    with pytest.raises(SystemExit, match="YES='no': expected YES=1"):
        run(pause, "resume")
    monkeypatch.setenv("YES", "1")
    run(pause, "resume")


def test_settling_lists_what_was_open_and_sends_one_after_all(
    run: Run, store: SqliteStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="not paused"):
        run(settle, "--since", "2026-01-31T09:30:00Z")
    run(pause, "pause")
    run(settle, "--since", "2026-01-31T09:30:00Z")
    said = capsys.readouterr().out
    assert "hotel/waha.c1/re-m1" in said
    assert said.endswith("1 unsent of hotel\n")
    run(settle, "--send", "hotel/waha.c1/re-m1")
    assert capsys.readouterr().out.endswith("hotel/waha.c1/re-m1 will be sent\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "SINCE is missing"),
        (["--since", "2999-01-31T09:30:00Z"], "in the future"),
        (["--send", "hotel/re-m1"], "expected TENANT/CONVERSATION/MESSAGE"),
        (["--send", "hotel/waha.c1/re-m9"], "is not held"),
    ],
)
def test_a_mistake_is_one_line(run: Run, store: SqliteStore, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        run(settle, *arguments)


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31", "2026-01-31T09:30:00", ""])
def test_a_moment_without_its_zone_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected a moment in UTC"):
        settle.moment(text)


def test_events_are_not_carried_to_where_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--source", "concierge-old", "--target", "concierge-old", "--since", "2026-01-31T09:30:00Z"]
    monkeypatch.setattr(sys, "argv", ["make", *given])
    with pytest.raises(SystemExit):
        carry.main()
    assert "the same project" in capsys.readouterr().err


def test_topics_that_are_not_carried_have_only_signals_of_our_own() -> None:
    """Their events follow from documents, which the export has: messages and sources that are open or due."""
    assert set(manifest.load().topics) - set(carry.TOPICS) == {"outbound", "occurrences", "sources"}


@pytest.mark.parametrize("name", ["FROM", "TO"])
@pytest.mark.parametrize("value", ["a", "Concierge", "123456789012"])
def test_a_project_that_is_misspelt_is_named_by_its_value_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    given = {"FROM": "concierge-old", "TO": "concierge-new", "SINCE": "2026-01-31T09:30:00Z", name: value}
    for variable, text in given.items():
        monkeypatch.setenv(variable, text)
    monkeypatch.setattr(sys, "argv", ["make"])
    with pytest.raises(SystemExit):
        carry.main()
    said = capsys.readouterr().err
    assert f"'{value}': expected a project's id, such as concierge-prod" in said
    assert "PROJECT" not in said
