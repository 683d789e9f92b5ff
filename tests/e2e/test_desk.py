"""The function `desk` over HTTP: posts of vendors, links, files, and odd requests to each address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest

from shared.handoff.intake import BODY_LIMIT
from shared.handoff.staff_links import BODY_LIMIT as WORDS_LIMIT
from shared.models.events import HANDOFFS, StaffAnswered
from shared.notifiers.webhook import SIGNATURE, signature
from tests.e2e.desk_function import DeskRun
from tests.unit.handoff.desk import ONE, request, said_to, writes
from tests.world import AWA

WORDS = {"id": "0b5f6c1e-1111", "text": "Venez demain à 9 h."}


def own(desk: DeskRun, **fields: object) -> tuple[bytes, dict[str, str]]:
    told = {"id": "a1", "act": "take", "handoff": "h1", "who": "chief@parish.example", **fields}
    body = json.dumps(told).encode()
    return body, {SIGNATURE: signature("own-key-value", body, desk.world.clock.now())}


def published(desk: DeskRun) -> list[StaffAnswered]:
    events = [
        HANDOFFS.validate_json(each.data) for each in desk.world.bus.waiting if each.topic == "handoffs"
    ]
    return [each for each in events if isinstance(each, StaffAnswered)]


# Posts of vendors.


async def test_an_answer_of_staff_becomes_an_act(desk: DeskRun) -> None:
    waiting = await request(desk.world)
    body, headers = own(desk, handoff=waiting.handoff, act="say", text="Venez demain.")
    assert (await desk.http.post("/desk/parish/own", content=body, headers=headers)).status_code == 200
    (act,) = published(desk)
    assert (act.act, act.handoff, act.text) == ("say", waiting.handoff, "Venez demain.")


async def test_slack_gets_an_empty_response(desk: DeskRun) -> None:
    pressed = {"action_id": "take", "value": "h1", "action_ts": "1"}
    click = {"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "t1", "actions": [pressed]}
    body = urlencode({"payload": json.dumps(click)}).encode()
    stamp = str(int(desk.world.clock.now().timestamp()))
    digest = hmac.new(b"slack-key-value", b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
    answer = await desk.http.post("/desk/parish/slack", content=body, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [act.who for act in published(desk)] == ["U1"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nobody/own", 404),
        ("parish/fax", 404),
        ("parish/space", 404),
        ("parish", 404),
        ("parish/own/more", 404),
        ("..%2fparish/own", 404),
        ("Parish/own", 404),
        ("parish/own", 401),
        ("parish/mail", 401),
        ("parish/slack", 401),
    ],
)
async def test_a_post_of_nobody_is_refused(desk: DeskRun, path: str, status: int) -> None:
    assert (await desk.http.post(f"/desk/{path}", content=b"{}")).status_code == status
    assert published(desk) == []


async def test_a_post_that_is_too_long_is_413(desk: DeskRun) -> None:
    answer = await desk.http.post("/desk/parish/own", content=b" " * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    mine = await desk.token()
    headers = {"Authorization": f"Bearer {mine}"}
    answer = await desk.http.post("/desk/say", content=b" " * (WORDS_LIMIT + 1), headers=headers)
    assert answer.status_code == 413


# Links.


async def test_a_request_is_taken_answered_and_closed_by_a_link(desk: DeskRun) -> None:
    mine = await desk.token()
    shown = (await desk.use("request", mine)).json()
    assert (shown["state"], shown["verdict"], shown["tenant"]) == ("waiting", "", "Parish")
    taken = (await desk.use("take", mine)).json()
    assert (taken["state"], taken["verdict"], taken["who"]) == ("yours", "done", "Félicité Ndour")
    said = (await desk.use("say", mine, WORDS)).json()
    assert said["lines"][-1]["text"] == WORDS["text"]
    closed = (await desk.use("close", mine)).json()
    assert (closed["state"], closed["verdict"]) == ("over", "done")
    await desk.world.pump()
    assert said_to(desk.world, AWA).count(str(WORDS["text"])) == 1
    assert (await request(desk.world)).steps[-1].by == "chief"


async def test_words_that_are_posted_twice_at_once_are_said_once(desk: DeskRun) -> None:
    mine = await desk.token()
    answers = await asyncio.gather(*(desk.use("say", mine, WORDS) for _ in range(4)))
    await desk.world.pump()
    assert [answer.json()["verdict"] for answer in answers] == ["done"] * 4
    assert said_to(desk.world, AWA).count(str(WORDS["text"])) == 1


async def test_who_is_slower_learns_who_was_quicker(desk: DeskRun) -> None:
    await writes(desk.world, ONE, "#take")
    shown = (await desk.use("take", await desk.token())).json()
    assert (shown["state"], shown["verdict"], shown["who"]) == ("theirs", "theirs", "Aminata Ba")


@pytest.mark.parametrize("path", ["request", "take", "close", "say"])
async def test_a_get_never_acts(desk: DeskRun, path: str) -> None:
    mine = await desk.token()
    before = await request(desk.world)
    for method in "GET", "HEAD", "PUT", "OPTIONS":
        address = f"/desk/{path}?token={mine}"
        answer = await desk.http.request(method, address, headers={"Authorization": f"Bearer {mine}"})
        assert answer.status_code == 404
    assert (await desk.http.post(f"/desk/{path}?token={mine}", json=WORDS)).status_code == 401
    assert await request(desk.world) == before


@pytest.mark.parametrize(
    "body", [None, {}, {"text": " ", "id": "0b5f6c1e-1111"}, {"text": "x" * 20_001, "id": "0b5f6c1e-1111"}]
)
async def test_words_that_cannot_be_passed_on_are_400(desk: DeskRun, body: object) -> None:
    answer = await desk.use("say", await desk.token(), body)
    assert answer.status_code == 400
    assert answer.json()["error"].partition(":")[0] in ("body", "id", "text")


async def test_the_page_is_the_same_for_all(desk: DeskRun) -> None:
    for path in "/desk/", "/desk//":
        answer = await desk.http.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
    for name in "link.js", "page.js", "page.css", "words.js":
        assert (await desk.http.get(f"/desk/{name}")).status_code == 200
    for name in "__init__.py", "../main.py", "main.py":
        assert (await desk.http.get(f"/desk/{name}")).status_code == 404


# Files.


async def test_a_file_is_served_so_that_nothing_in_it_runs(desk: DeskRun) -> None:
    answer = await desk.http.get(f"/desk/files/{desk.file()}")
    assert (answer.status_code, answer.content) == (200, b"\xff\xd8\xff")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="file.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["cache-control"] == "private"
    saved = await desk.http.get(f"/desk/files/{desk.file(kind='text/html')}")
    assert saved.headers["content-disposition"] == 'attachment; filename="file.html"'


async def test_a_file_that_is_not_the_tenant_s_or_is_gone(desk: DeskRun) -> None:
    for token, status in (
        (desk.file(tenant="hotel"), 401),
        (desk.file("tenants/hotel/media/x"), 401),
        (desk.file("tenants/parish/media/gone"), 404),
        (desk.file()[:-1], 401),
        ("x", 401),
        (await desk.token(), 401),
    ):
        assert (await desk.http.get(f"/desk/files/{token}")).status_code == status
    for path in "/desk/files", "/desk/files/", f"/desk/files/{desk.file()}/more":
        assert (await desk.http.get(path)).status_code == 404
