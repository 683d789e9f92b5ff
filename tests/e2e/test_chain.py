"""A message goes in, an answer comes out: over HTTP, through the functions as they deploy."""

from __future__ import annotations

import json
import threading
import time

import pytest

from tests.e2e.concierge import AFTER_A_DEATH_S, chat, person, waha_message, wait_for
from tests.e2e.conftest import LocalRun

QUESTION = "What time is breakfast?"


def test_a_question_gets_its_answer_with_the_source(concierge: LocalRun) -> None:
    who = person()
    concierge.say(who, QUESTION)
    (answer,) = concierge.until_texts(who, 1)
    assert "breakfast" in answer.lower()
    assert "_Source: " in answer
    assert concierge.outcomes(who) == ["answered"]


def test_french_is_answered_in_french(concierge: LocalRun) -> None:
    who = person()
    concierge.say(who, "A quelle heure est le petit dejeuner ?")
    (answer,) = concierge.until_texts(who, 1)
    assert "petit déjeuner" in answer.lower()


def test_tenants_are_not_mixed_up(concierge: LocalRun) -> None:
    who = person()
    concierge.say(who, "Quand commencent les inscriptions ?", tenant="diocese", id="SAME")
    concierge.say(who, QUESTION, tenant="hotel", id="SAME")
    answers = concierge.until_texts(who, 2)
    assert any("breakfast" in answer.lower() for answer in answers)
    assert len(concierge.ledger(who, "hotel")) == len(concierge.ledger(who, "diocese")) == 2


def test_what_nobody_knows_is_said_and_a_human_offered(concierge: LocalRun) -> None:
    who = person()
    concierge.say(who, "Who won the football world cup in 1998?")
    (answer,) = concierge.until_texts(who, 1)
    assert "human" in answer.lower() or "team" in answer.lower()


def test_what_is_offered_is_chosen_by_its_number(concierge: LocalRun) -> None:
    who = person()
    concierge.say(who, "/services")
    (menu,) = concierge.until_texts(who, 1)
    assert "\n1. Information\n2. My stay\n" in menu
    concierge.say(who, "1")
    assert "\n1. Prices and booking\n2. " in concierge.until_texts(who, 2)[1]
    concierge.say(who, "1")
    assert concierge.until_texts(who, 3)[2].startswith("About *Prices and booking*,")
    concierge.say(who, "/contact")
    assert "+221 33 000 00 50" in concierge.until_texts(who, 4)[3]
    concierge.say(who, "1")
    assert "our team" in concierge.until_texts(who, 5)[4]
    concierge.say(who, "/cancel")
    assert "cancelled" in concierge.until_texts(who, 6)[5]
    assert concierge.outcomes(who) == [*["answered"] * 4, "handed_off", "answered"]


def test_the_same_message_at_the_same_time_is_answered_once(concierge: LocalRun) -> None:
    who = person()
    threads = [
        threading.Thread(target=concierge.say, args=(who, QUESTION), kwargs={"id": "TWIN"}) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    concierge.until_texts(who, 1)
    time.sleep(1.5)
    assert len(concierge.texts(who)) == 1
    assert concierge.outcomes(who) == ["answered"]


def test_a_burst_gets_one_answer(concierge: LocalRun) -> None:
    who = person()
    for text in ("Hello", "I would like to know", "what time is breakfast?"):
        concierge.say(who, text)
        time.sleep(0.2)
    (answer,) = concierge.until_texts(who, 1)
    assert "breakfast" in answer.lower()
    time.sleep(1)
    assert len(concierge.texts(who)) == 1
    assert concierge.outcomes(who) == ["merged", "merged", "answered"]


def test_staff_on_the_phone_silence_the_concierge_until_they_give_back(concierge: LocalRun) -> None:
    who = person()

    def staff(text: str, id: str) -> None:
        event = waha_message(who, text, id, fromMe=True, source="app", to=chat(who))
        event["event"] = "message.any"
        event["payload"]["id"] = f"true_{chat(who)}_{id}"
        event["payload"]["from"] = "221330000000@c.us"
        assert concierge.post(json.dumps(event).encode()).status_code == 200

    staff("Hello, this is Fatou at the desk.", "STAFF1")
    time.sleep(0.5)
    concierge.say(who, QUESTION)
    time.sleep(1)
    assert concierge.texts(who) == []
    assert concierge.outcomes(who) == ["left_to_human"]
    staff("#bot", "STAFF2")
    time.sleep(0.5)
    concierge.say(who, QUESTION)
    concierge.until_texts(who, 1)


@pytest.mark.parametrize("fault", [{"status": 500, "times": 2}, {"status": 429, "times": 1}])
def test_a_gateway_that_fails_loses_nothing(own_concierge: LocalRun, fault: dict[str, int]) -> None:
    who = person()
    own_concierge.fault(who, **fault)
    own_concierge.say(who, QUESTION)
    own_concierge.until_texts(who, 1)
    assert len(own_concierge.calls(who)) == fault["times"] + 1


@pytest.mark.parametrize("fault", [{"drop": True, "times": 1}, {"garbage": True, "times": 1}])
def test_a_lost_answer_is_not_sent_twice(own_concierge: LocalRun, fault: dict[str, object]) -> None:
    who = person()
    own_concierge.fault(who, **fault)
    own_concierge.say(who, QUESTION)
    own_concierge.until_texts(who, 1)

    def sent() -> list[str]:
        return [m["status"] for m in own_concierge.ledger(who) if m["direction"] == "out"]

    wait_for(lambda: sent() == ["sent"], lambda: str(own_concierge.ledger(who)))
    assert len(own_concierge.calls(who)) == 1


def test_kill_and_start_again_loses_nothing_and_repeats_nothing(own_concierge: LocalRun) -> None:
    people = [person() for _ in range(12)]
    for number, who in enumerate(people):
        own_concierge.say(who, QUESTION)
        if number in (3, 8):
            own_concierge.kill()
            own_concierge.start()
    for who in people:
        own_concierge.until_texts(who, 1, within=AFTER_A_DEATH_S)
    time.sleep(2)
    assert [len(own_concierge.texts(who)) for who in people] == [1] * len(people)
    assert [own_concierge.outcomes(who) for who in people] == [["answered"]] * len(people)


def test_an_address_of_nobody(concierge: LocalRun) -> None:
    body = json.dumps(waha_message(person(), QUESTION, "X1")).encode()
    assert concierge.post(body, tenant="nobody").status_code == 404
    assert concierge.post(body, channel="fax").status_code == 404
    assert concierge.http.post("/webhook/hotel", content=body).status_code == 404
    assert concierge.http.post("/webhook/../../etc", content=body).status_code == 404


def test_bad_signatures(concierge: LocalRun) -> None:
    body = json.dumps(waha_message(person(), QUESTION, "X2")).encode()
    assert concierge.post(body, **{"X-Webhook-Hmac": "0" * 128}).status_code == 401
    assert concierge.post(body, **{"X-Webhook-Hmac": ""}).status_code == 401
    assert concierge.http.post("/webhook/hotel/waha", content=body).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"{}",
        b'{"event": 1}',
        b'{"event": "message", "session": "default"}',
    ],
)
def test_bodies_that_are_not_the_gateways(concierge: LocalRun, body: bytes) -> None:
    answer = concierge.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_body_over_the_limit(concierge: LocalRun) -> None:
    assert concierge.post(b'{"event": "' + b"x" * 1024 * 1024 + b'"}').status_code == 413


def test_events_nobody_needs_are_acknowledged_and_named(concierge: LocalRun) -> None:
    unknown = {"event": "call.received", "session": "default", "payload": {}}
    assert concierge.post(json.dumps(unknown).encode()).json()["dropped"] == ["unknown_event:call.received"]
    group = waha_message("1203630000", "hi", "G1", **{"from": "1203630000@g.us"})
    assert concierge.post(json.dumps(group).encode()).json()["dropped"] == ["group"]
    other = {**waha_message(person(), "hi", "O1"), "session": "another"}
    assert concierge.post(json.dumps(other).encode()).json()["dropped"] == ["other_session"]


@pytest.mark.parametrize(
    "text", ["", "x" * 5000, "مرحبا، متى الإفطار؟", "👋", "🙏" * 500, "\u202eabc\u0000", "   "]
)
def test_odd_texts_are_answered_or_dropped_with_a_reason(concierge: LocalRun, text: str) -> None:
    who = person()
    answer = concierge.post(json.dumps(waha_message(who, text, f"ODD{who}")).encode())
    assert answer.status_code == 200
    if answer.json()["dropped"]:
        return
    concierge.until_texts(who, 1)
    assert all(concierge.outcomes(who))


def test_webchat_asks_and_is_answered(concierge: LocalRun) -> None:
    token = concierge.http.post("/webhook/hotel/webchat/visitor").json()["token"]
    mine = {"Authorization": f"Bearer {token}"}
    message = {"id": "0b54f5e2-6d0e-4f5c-9d1c-2f2f6a1d9a01", "text": QUESTION}
    assert concierge.http.post("/webhook/hotel/webchat", json=message, headers=mine).status_code == 200

    def answers() -> list[dict[str, str]]:
        return list(concierge.http.get("/webhook/hotel/webchat", headers=mine).json()["messages"])

    wait_for(answers)
    assert "breakfast" in answers()[0]["text"].lower()
    other = concierge.http.post("/webhook/hotel/webchat/visitor").json()["token"]
    theirs = concierge.http.get("/webhook/hotel/webchat", headers={"Authorization": f"Bearer {other}"})
    assert theirs.json()["messages"] == []
    assert concierge.http.get("/webhook/hotel/webchat").status_code == 401
    assert (
        concierge.http.get("/webhook/hotel/webchat", headers={"Authorization": "Bearer x.y"}).status_code
        == 401
    )


def test_no_text_and_no_number_reaches_a_log(own_concierge: LocalRun) -> None:
    who, secret_words = person(), "canary-zebra-breakfast"
    own_concierge.say(who, f"What time is {secret_words}?")
    own_concierge.until_texts(who, 1)
    log = own_concierge.log()
    assert "zebra" not in log
    assert who not in log
    assert "local-secret" not in log


def test_the_end_of_the_run_is_quiet_while_a_phone_is_open(own_concierge: LocalRun) -> None:
    chat_of = {"tenant": "hotel", "channel": "waha", "peer": person(), "since": "0"}
    with own_concierge.http.stream("GET", "/_sim/phone/stream", params=chat_of) as opened:
        assert opened.status_code == 200
        own_concierge.stop()
    assert "Ctrl-C stops it" in own_concierge.log()
    assert "Traceback" not in own_concierge.log()
    assert "ERROR" not in own_concierge.log()
