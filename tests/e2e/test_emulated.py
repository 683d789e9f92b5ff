"""The same chain as it deploys: Firestore, Pub/Sub, and each function in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from scripts.local.emulators import Emulators
from tests.e2e.concierge import AFTER_A_DEATH_S, person
from tests.e2e.conftest import LocalRun
from tests.e2e.test_traces import HOPS, traced

pytestmark = pytest.mark.emulators

QUESTION = "What time is breakfast?"


@pytest.fixture(scope="module")
def emulated(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    run = LocalRun(tmp_path_factory.mktemp("emulated"), emulators=True)
    run.start()
    yield run
    run.stop()


def test_a_question_gets_its_answer(emulated: LocalRun) -> None:
    who = person()
    emulated.say(who, QUESTION)
    (answer,) = emulated.until_texts(who, 1)
    assert "breakfast" in answer.lower()
    assert emulated.outcomes(who) == ["answered"]


def test_a_turn_costs_what_is_promised(emulated: LocalRun) -> None:
    who = person()
    emulated.say(who, QUESTION)
    emulated.until_texts(who, 1)
    second = emulated.say(who, "Is there a swimming pool?")
    emulated.until_texts(who, 2)
    time.sleep(0.5)
    way = emulated.http.get("/_sim/way", params={"tenant": "hotel", "message": second}).json()
    reads = sum(hop["reads"] for hop in way["hops"])
    writes = sum(len(hop["wrote"]) for hop in way["hops"])
    published = sum(len(hop["published"]) for hop in way["hops"])
    assert (reads, writes, published) == (4, 7, 2)


def test_a_message_is_one_trace_through_all_processes(emulated: LocalRun) -> None:
    named = {span["name"]: span for span in traced(emulated)}
    webhook, reply, deliver = (named[name] for name in HOPS)
    assert (webhook["parent"], reply["parent"], deliver["parent"]) == ("", webhook["span"], reply["span"])


def test_a_burst_gets_one_answer(emulated: LocalRun) -> None:
    who = person()
    for text in ("Hello", "I would like to know", "what time is breakfast?"):
        emulated.say(who, text)
        time.sleep(0.2)
    emulated.until_texts(who, 1)
    time.sleep(1.5)
    assert len(emulated.texts(who)) == 1


def test_a_gateway_that_fails_loses_nothing(emulated: LocalRun) -> None:
    who = person()
    emulated.fault(who, status=500, times=1)
    emulated.say(who, QUESTION)
    emulated.until_texts(who, 1)
    assert len(emulated.texts(who)) == 1


def test_bad_requests_are_refused_as_in_the_embedded_run(emulated: LocalRun) -> None:
    assert emulated.http.post("/webhook/hotel/waha", content=b"{}").status_code == 401
    assert emulated.http.post("/webhook/nobody/waha", content=b"{}").status_code == 404
    assert emulated.post(b"{").status_code == 400
    assert emulated.post(b"x" * (1024 * 1024 + 1)).status_code == 413


def test_a_function_that_dies_at_work_loses_nothing(emulated: LocalRun) -> None:
    people = [person() for _ in range(12)]
    for who in people:
        emulated.say(who, QUESTION)
    emulated.kill_function("reply")
    for who in people:
        emulated.until_texts(who, 1, within=AFTER_A_DEATH_S)
    assert [len(emulated.texts(who)) for who in people] == [1] * len(people)


def test_a_request_for_a_human_is_told_taken_and_timed(emulated: LocalRun) -> None:
    who, one, two = person(), "221770000901", "221770000902"
    emulated.say(who, "I want to talk to a human please")
    emulated.until_texts(one, 1)
    moved = emulated.http.post("/_sim/clock", json={"by_minutes": 3.5})
    assert moved.status_code == 200
    emulated.until_texts(two, 1)
    emulated.say(one, "1")
    emulated.until_texts(who, 2)
    [request] = emulated.http.get("/_sim/handoffs", params={"tenant": "hotel"}).json()["handoffs"]
    assert (request["peer"], request["state"], request["taken_by"]) == (f"+{who}", "taken", "agent1")
    assert emulated.http.post("/desk/hotel/nothing").status_code == 404
