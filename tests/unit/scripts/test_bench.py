"""Arithmetic and report format of the benchmark. These tests measure no time."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from scripts import manifest
from scripts.bench import cold_chain, load, memory, messages, webhooks
from scripts.bench.bundle import packages
from scripts.bench.cloud import Cloud, listening
from scripts.bench.cold_start import FUNCTIONS, TARGETS
from scripts.bench.figures import Figure, Report, at_least, at_most, percentile
from scripts.bench.launcher import Launcher
from scripts.local import seed
from shared.channels import Connection, Webhook
from shared.models.events import INBOUND, MessageReceived
from shared.models.parts import Text
from shared.platform.bus import envelope
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.tenants import plugins
from tests.fakes.http import ScriptedHttp, answer

# --- arithmetic


@pytest.mark.parametrize(
    ("share", "expected"),
    [(1, 10.0), (10, 10.0), (11, 20.0), (50, 50.0), (95, 100.0), (99, 100.0), (100, 100.0)],
)
def test_a_percentile_is_a_value_that_was_measured(share: int, expected: float) -> None:
    assert percentile([100.0, 90, 80, 70, 60, 50, 40, 30, 20, 10], share) == expected


def test_the_99th_of_a_hundred_leaves_out_the_worst() -> None:
    assert percentile([float(number) for number in range(100)], 99) == 98


@pytest.mark.parametrize(("values", "share"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_there_is_no_percentile_of_nothing(values: list[float], share: int) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_a_load_tells_its_rate() -> None:
    assert load.Load(2.0, [1.0] * 10).per_second == 5


# --- the report


@pytest.mark.parametrize(
    ("figure", "mark"),
    [
        (Figure("a", 3.0, target=at_most(3)), "✓"),
        (Figure("a", 3.01, target=at_most(3)), "✗"),
        (Figure("a", 0.7, target=at_least(0.7)), "✓"),
        (Figure("a", 0.69, target=at_least(0.7)), "✗"),
        (Figure("a", 1.0), " "),
    ],
)
def test_a_target_is_marked(figure: Figure, mark: str) -> None:
    assert str(figure)[2] == mark


def test_the_report_is_one_key_a_figure_and_a_map_for_what_each_function_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report()
    report.add(Figure("chain_p95_ms", 80.5, target=at_most(250)), Figure("rss_mb", 90.0, "webhook"))
    report.add(Figure("rss_mb", 170.0, "reply", at_most(160)))
    report.write(tmp_path / "build" / "bench.json")
    written = json.loads((tmp_path / "build" / "bench.json").read_text("utf-8"))
    assert written == {"chain_p95_ms": 80.5, "rss_mb": {"webhook": 90.0, "reply": 170.0}}
    assert [each.of for each in report.missed()] == ["reply"]
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_is_measured_is_in_the_manifest() -> None:
    assert set(TARGETS) <= set(FUNCTIONS) <= set(manifest.load().functions)
    assert set(cold_chain.FUNCTIONS) <= set(FUNCTIONS)


# --- requests


@pytest.mark.parametrize("name", webhooks.BY_CHANNEL)
async def test_every_channels_webhook_passes_and_is_the_same_question(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = seed.load("http://127.0.0.1:9")
    for variable, value in seed.secrets(files, {}).items():
        monkeypatch.setenv(variable, value)
    (hotel,) = (file for file in files if file.tenant.tenant == messages.TENANT)
    (settings,) = (each for each in hotel.channels if each.channel == name)
    secrets = EnvironmentSecrets(None, os.environ)
    channel = plugins.channel(
        name,
        Connection(
            settings,
            lambda role: secrets.get(settings.secrets[role]),
            ScriptedHttp(answer(500)),
            lambda: datetime.now(UTC),
        ),
    )
    seen = set()
    for person, message in ((1, "A1"), (1, "A2"), (2, "A3")):
        ask = webhooks.BY_CHANNEL[name](person, message)
        assert ask.path == f"/{messages.TENANT}/{name}"
        asked = Webhook("POST", {key.lower(): value for key, value in ask.headers.items()}, {}, ask.body)
        await channel.verify(asked)
        (event,) = channel.parse(asked).inbound
        assert isinstance(event, MessageReceived)
        assert event.parts == [Text(text=messages.QUESTION)]
        seen.add((event.peer.chat, event.id))
    assert len(seen) == 3
    assert len({chat for chat, _ in seen}) == 2


def test_every_channel_is_measured() -> None:
    assert set(webhooks.BY_CHANNEL) == plugins.names("channels")


def test_a_push_is_the_event_that_reply_reads() -> None:
    ask = messages.inbound(3, "B1")
    event = INBOUND.validate_json(envelope.parse(ask.body).data)
    assert isinstance(event, MessageReceived)
    assert (ask.path, event.id, event.peer.chat) == ("/inbound", "B1", messages.chat(3))


async def test_the_load_is_all_sent_and_each_answer_timed() -> None:
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            headers = _headers(head + await reader.readuntil(b"\r\n\r\n"))
            bodies.append(await reader.readexactly(int(headers["content-length"])))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        requests = [load.request(messages.webhook(number, f"C{number}")) for number in range(20)]
        measured = await load.run(port, iter(requests), connections=4)
    assert len(set(bodies)) == len(measured.latencies_ms) == 20


async def test_an_answer_that_refuses_ends_the_load() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ExceptionGroup) as caught:
            await load.run(port, iter([load.request(messages.webhook(1, "D1"))]), connections=1)
    assert "401" in str(caught.value.exceptions[0])


def _headers(head: bytes) -> Mapping[str, str]:
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}


# --- the served functions


def test_a_function_gets_the_packages_of_its_lock_and_no_other(tmp_path: Path) -> None:
    names = {path.name for path in packages("webhook", tmp_path).iterdir()}
    assert {"functions_framework", "pydantic", "google", "httptools", "uvloop"} <= names
    assert not {"pytest", "rich", "tantivy"} & names


def test_the_bare_function_has_the_server_libraries_of_the_one_it_is_compared_with(tmp_path: Path) -> None:
    cloud = Cloud({}, tmp_path)
    assert cloud.bare("publish").packages == cloud.ours("webhook").packages


def test_memory_is_that_of_the_processes_that_were_asked_for() -> None:
    with pytest.raises(RuntimeError, match="no such process"):
        memory.mebibytes(memory.processes("--no-process-has-this", within=1))


async def test_the_first_request_starts_a_process_and_those_that_come_meanwhile_wait(tmp_path: Path) -> None:
    launcher, cloud = Launcher(), Cloud({}, tmp_path)
    with listening(launcher.app()) as origin:
        async with httpx.AsyncClient(base_url=origin, timeout=60, trust_env=False) as client:
            for _ in range(2):  # a deployment ends the processes, so that the next request starts anew
                launcher.deploy({"answer": cloud.bare("answer")})
                assert memory.processes("--target=answer", within=os.getpid()) == []
                answers = await asyncio.gather(*(client.post("/answer/x", content=b"{}") for _ in range(3)))
                assert {answer.status_code for answer in answers} == {204}
        launcher.deploy({})
