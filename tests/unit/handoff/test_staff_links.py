"""Signed links to a request: reading, taking, writing and closing, and every refusal."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import Rejected, Retry
from shared.formats.wire import TEXT_LIMIT
from shared.handoff.staff_links import StaffLinks, Words
from shared.models.tenant import Tenant
from shared.notifiers import Refused
from shared.tenants.links import FileGrant, StaffGrant
from shared.upkeep.pausing import Pausing
from shared.wiring import desk
from tests.unit.handoff.desk import ALWAYS, MAIL, ONE, STAFF, parish, request, said_to, tick, writes
from tests.world import AWA, FakePlugins, World

KEY = "value of parish-link-key"
AGAIN = {"notifiers": MAIL, "secrets": {"link_key": "parish-link-key"}}
WORDS = Words("0b5f6c1e-1111", "Venez demain à 9 h.")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    made = await parish(tmp_path, contacts=[{"notifier": "mail"}])
    await made.say("Je voudrais parler à quelqu'un")
    return made


@pytest.fixture
def links(world: World) -> StaffLinks:
    return desk.wire(world.ports, world.directory(FakePlugins(world))).links


async def token(world: World, staff: str = "chief", *, days: float = 3, key: str = KEY, **more: str) -> str:
    named = {"tenant": "parish", "handoff": (await request(world)).handoff, "way": "mail", **more}
    until = world.clock.now().replace(microsecond=0) + timedelta(days=days)
    return StaffGrant(until=until, staff=staff, **named).token(key)


async def test_the_link_shows_the_request_and_changes_nothing(world: World, links: StaffLinks) -> None:
    before = await request(world)
    shown = await links.show(await token(world))
    assert (shown.tenant, shown.language, shown.state, shown.who) == ("Parish", "fr", "waiting", "")
    assert "Awa" in shown.title
    assert shown.facts[0].label
    assert (shown.lines[0].author, shown.lines[0].text) == ("person", "Je voudrais parler à quelqu'un")
    assert shown.lines[0].time == "10:00"
    assert await request(world) == before


async def test_taking_by_link_tells_the_person_and_relays_to_the_link_s_way(
    world: World, links: StaffLinks
) -> None:
    mine = await token(world)
    shown = await links.act(mine, "take")
    await world.pump()
    assert (shown.verdict, shown.state, shown.who) == ("done", "yours", "Félicité Ndour")
    assert said_to(world, AWA)[-1].startswith("Félicité Ndour")
    await writes(world, AWA, "Mon fils a perdu son livret")
    assert world.notifier.told[-1][0] == "chief@parish.example"
    assert world.notifier.told[-1][1].text == "Mon fils a perdu son livret"


async def test_words_of_the_person_reach_the_very_way_whose_link_was_used(
    world: World, links: StaffLinks
) -> None:
    ways = [
        {"notifier": "mail", "to": "first@parish.example"},
        {"notifier": "mail", "to": "second@parish.example"},
    ]
    await world.begin(staff={"chief": {**STAFF["chief"], "shifts": ALWAYS, "ways": ways}}, **AGAIN)
    world.clock.pass_(61)
    world.notifier.results = [Refused("no such mailbox")]
    await tick(world, 5)
    to, notice = world.notifier.told[-1]
    assert to == "second@parish.example"
    await links.act(notice.actions[0].url.partition("#")[2], "take")
    await world.pump()
    await writes(world, AWA, "Mon fils a perdu son livret")
    assert world.notifier.told[-1][0] == "second@parish.example"


async def test_of_two_the_slower_is_told_who_was_quicker(world: World, links: StaffLinks) -> None:
    mine = await token(world)
    await writes(world, ONE, "#take")
    shown = await links.act(mine, "take")
    assert (shown.verdict, shown.state, shown.who) == ("theirs", "theirs", "Aminata Ba")
    assert (await request(world)).holder == "one"
    assert (await links.say(mine, WORDS)).verdict == "theirs"
    assert (await links.act(mine, "close")).verdict == "theirs"
    await world.pump()
    assert WORDS.text not in said_to(world, AWA)
    assert (await request(world)).state == "taken"


async def test_taking_twice_is_taking_once(world: World, links: StaffLinks) -> None:
    mine = await token(world)
    verdicts = [(await links.act(mine, "take")).verdict for _ in range(2)]
    await world.pump()
    assert verdicts == ["done", "mine"]
    assert [step.step for step in (await request(world)).steps].count("taken") == 1


async def test_words_reach_the_person_once_however_often_they_are_sent(
    world: World, links: StaffLinks
) -> None:
    mine = await token(world)
    await links.act(mine, "take")
    shown = [await links.say(mine, WORDS) for _ in range(3)]
    await world.pump()
    assert [each.verdict for each in shown] == ["done"] * 3
    assert said_to(world, AWA).count(WORDS.text) == 1
    assert shown[-1].lines[-1].text == WORDS.text
    assert (await links.say(mine, Words("0b5f6c1e-2222", WORDS.text))).verdict == "done"
    await world.pump()
    assert said_to(world, AWA).count(WORDS.text) == 2


async def test_words_sent_again_after_the_close_are_not_said_to_be_lost(
    world: World, links: StaffLinks
) -> None:
    mine = await token(world)
    await links.act(mine, "take")
    await links.say(mine, WORDS)
    await links.act(mine, "close")
    assert (await links.say(mine, WORDS)).verdict == "done"
    assert (await links.say(mine, Words("0b5f6c1e-2222", "Encore"))).verdict == "over"
    await world.pump()
    assert said_to(world, AWA).count(WORDS.text) == 1
    assert "Encore" not in said_to(world, AWA)


async def test_words_take_a_request_that_nobody_has(world: World, links: StaffLinks) -> None:
    shown = await links.say(await token(world), WORDS)
    await world.pump()
    assert (shown.verdict, shown.state) == ("done", "yours")
    assert said_to(world, AWA)[-1] == WORDS.text


async def test_closing_gives_the_person_back(world: World, links: StaffLinks) -> None:
    mine = await token(world)
    await links.act(mine, "take")
    shown = await links.act(mine, "close")
    await world.pump()
    assert (shown.verdict, shown.state) == ("done", "over")
    assert (await links.act(mine, "take")).verdict == "over"
    assert (await world.store.query(type(await request(world)), limit=9, tenant="parish"))[
        0
    ].state == "closed"


async def test_a_request_that_was_passed_on_to_the_holder_of_the_link_can_be_taken(
    world: World, links: StaffLinks
) -> None:
    await writes(world, ONE, "#take")
    await writes(world, ONE, "#transfer Félicité")
    await tick(world)
    mine = await token(world)
    assert (await links.show(mine)).state == "waiting"
    assert (await links.act(mine, "take")).state == "yours"


async def test_the_organisation_s_own_contacts_have_links_too(world: World, links: StaffLinks) -> None:
    shown = await links.act(await token(world, "contacts"), "take")
    assert (shown.state, shown.who) == ("yours", "Parish")


@pytest.mark.parametrize(
    "forge",
    [
        lambda world: token(world, key="guessed"),
        lambda world: token(world, tenant="nobody"),
        lambda world: token(world, tenant="second"),
        lambda world: token(world, "left"),
        lambda world: token(world, ""),
    ],
    ids=["another-key", "no-such-tenant", "a-tenant-without-a-key", "who-has-left", "nobody"],
)
async def test_every_wrong_link_is_refused_alike(world: World, links: StaffLinks, forge: object) -> None:
    await world.store.put(Tenant(tenant="second", name="Second", languages=["fr"]))
    forged = await forge(world)  # type: ignore[operator]
    for use in (links.show(forged), links.act(forged, "take"), links.say(forged, WORDS)):
        with pytest.raises(Rejected) as refused:
            await use
        assert (refused.value.status, refused.value.detail) == (401, "this link is not valid")
    assert (await request(world)).state == "notified"


async def test_a_link_to_a_file_is_no_link_to_a_request(world: World, links: StaffLinks) -> None:
    until = world.clock.now().replace(microsecond=0) + timedelta(days=1)
    with pytest.raises(Rejected, match="not valid"):
        await links.show(FileGrant("parish", until, "tenants/parish/media/c/m/0", "image/png").token(KEY))


async def test_an_expired_link_says_so(world: World, links: StaffLinks) -> None:
    mine = await token(world, days=1)
    world.clock.pass_(86_400)
    with pytest.raises(Rejected, match="expired") as refused:
        await links.act(mine, "take")
    assert refused.value.status == 401


async def test_a_member_of_staff_who_has_left_can_no_longer_act(world: World, links: StaffLinks) -> None:
    mine = await token(world)
    await links.act(mine, "take")
    left = {name: member for name, member in STAFF.items() if name != "chief"}
    await world.begin(staff=left, **AGAIN)
    world.clock.pass_(61)  # the directory is cached for a minute
    for use in (links.show(mine), links.act(mine, "close"), links.say(mine, WORDS)):
        with pytest.raises(Rejected, match="not valid"):
            await use


async def test_a_request_that_is_gone_is_404(world: World, links: StaffLinks) -> None:
    mine = await token(world, handoff="gone")
    for use in (links.show(mine), links.act(mine, "take"), links.say(mine, WORDS)):
        with pytest.raises(Rejected) as refused:
            await use
        assert refused.value.status == 404


def body(text: object = "Oui", id: object = "0b5f6c1e-1111") -> bytes:
    return json.dumps({"text": text, "id": id}).encode()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"[" * 5_000, "body"),
        (b"\xff", "body"),
        (body(""), "text: expected at least one word"),
        (body(" \n\t "), "text: expected at least one word"),
        (body("\u200b\u2060"), "text: expected at least one word"),
        (body(None), "text"),
        (body(7), "text"),
        (body("é" * (TEXT_LIMIT + 1)), "text: expected at most 20000"),
        (body(id=""), "id"),
        (body(id="a/b/c/d/e"), "id"),
        (body(id="x" * 65), "id"),
        (body(id=12345678), "id"),
        (b'{"text": "Oui"}', "id"),
    ],
)
def test_words_that_cannot_be_passed_on_are_refused_by_their_field(sent: bytes, told: str) -> None:
    with pytest.raises(Rejected) as refused:
        Words.read(sent)
    assert refused.value.status == 400
    assert refused.value.detail.startswith(told)


def test_the_longest_words_and_half_an_emoji_are_read() -> None:
    assert len(Words.read(body("é" * TEXT_LIMIT)).text) == TEXT_LIMIT
    assert Words.read(b'{"text": "Oui \\ud83d", "id": "0b5f6c1e-1111"}').text.startswith("Oui")


async def test_a_paused_deployment_shows_a_request_and_refuses_acts(world: World, links: StaffLinks) -> None:
    """An act would be written into a database that is perhaps being moved away."""
    await Pausing(world.store, world.clock).pause("moving")
    mine = await token(world)
    assert (await links.show(mine)).state == "waiting"
    for act in (links.act(mine, "take"), links.act(mine, "close"), links.say(mine, WORDS)):
        with pytest.raises(Retry, match="paused"):
            await act
    assert (await request(world)).state == "notified"
