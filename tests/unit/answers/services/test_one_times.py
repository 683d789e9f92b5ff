"""One-time codes: by mail through a real SMTP server, their end, their limits, and how little they tell."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared import notifiers
from shared.models.one_time import OneTime
from shared.tenants import plugins
from tests.contract.notifiers import smtp_server
from tests.contract.notifiers.smtp_server import PASSWORD, USER, Mailbox
from tests.unit.answers.services.families import (
    MAIL,
    RIGHT,
    SENT,
    Families,
    answer_to,
    asks,
    audited,
    parish,
    shut,
    tenant,
    unmarked,
    verified,
)
from tests.world import AWA, FakePlugins, World

#: A server without TLS, which our own tests ask for a login all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
STRANGER = "+221770000777"


class Keys:
    async def get(self, name: str) -> str:
        return {"user": USER, "password": PASSWORD}[name]

    async def others(self, name: str) -> list[str]:
        return []


class ByMail(FakePlugins):
    """The real notifiers, with fakes for the rest."""

    def notifier(self, kind: str, connection: notifiers.Connection) -> notifiers.Notifier:
        return plugins.notifier(kind, connection)


@pytest_asyncio.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with smtp_server.serving(Mailbox()) as serving:
        yield serving


@pytest.fixture
async def mailed(world: World, box: Mailbox) -> World:
    """The parish, whose mail goes to the server."""
    settings = {"host": "127.0.0.1", "port": str(box.port), "security": "none", "sender": "us@parish.example"}
    mail = {"kind": "email", "settings": settings, "secrets": {"user": "user", "password": "password"}}
    world.rebuild(ByMail(world), secrets=Keys())
    return await world.begin(**{**tenant(), "notifiers": {"mail": mail}})


def mailed_code(box: Mailbox) -> str:
    """Returns the code of the last mail."""
    body = box.mails[-1].get_body(("plain",))
    assert body is not None
    (found,) = re.findall(r"\b\d{6}\b", body.get_content())
    return str(found)


def marks(*texts: str) -> list[str]:
    """Returns the references in these texts, as in `["K7"]`."""
    return [mark for text in texts for mark in re.findall(r"référence ([A-Z]\d)\b", text)]


async def one_times(world: World) -> list[OneTime]:
    return await world.store.query(OneTime, limit=50, tenant="parish")


# --- by mail


async def test_a_right_code_of_a_locked_beginning_is_mailed_a_one_time_code(
    mailed: World, box: Mailbox
) -> None:
    await shut(mailed)
    assert SENT in await asks(mailed, RIGHT)
    assert box.recipients == [MAIL]
    assert str(box.mails[0]["Subject"]) == "Parish: Votre code à usage unique"
    assert await verified(mailed, AWA) is None
    assert await answer_to(mailed, f"voici {mailed_code(box)}") == "Bienvenue Diop (consult_notes)"
    found = await verified(mailed, AWA)
    assert found is not None
    assert found.name == "Diop"
    assert await audited(mailed) == ["wrong", "wrong", "wrong", "one_time", "passed"]


async def test_a_wish_of_an_earlier_session_does_not_end_the_wait_for_a_one_time_code(
    mailed: World, box: Mailbox
) -> None:
    await answer_to(mailed, "NDIAYE-0001")
    mailed.clock.pass_(31 * 60)
    await shut(mailed)
    told = await answer_to(mailed, RIGHT)
    assert SENT in told
    assert "La dernière fois" not in told
    await answer_to(mailed, mailed_code(box))
    assert await verified(mailed, AWA) is not None


async def test_a_wrong_code_is_mailed_nothing(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    assert SENT in await asks(mailed, "DIOP-4822")
    assert box.mails == []


async def test_a_wrong_one_time_code_is_told_alike_after_right_and_wrong_codes(
    mailed: World, box: Mailbox
) -> None:
    await shut(mailed)
    told = []
    for code, peer in ((RIGHT, AWA), ("DIOP-4822", STRANGER)):
        said = [await asks(mailed, code, peer=peer)]
        other = "000001" if not box.mails or mailed_code(box) != "000001" else "000002"
        said += [await answer_to(mailed, other, peer=peer) for _ in range(4)]
        told.append([unmarked(each) for each in said])
    assert told[0][1:] == told[1][1:]
    assert told[0][1] == (
        "Ce n'est pas le code à usage unique de référence …. Vérifiez-le et écrivez-le de nouveau."
    )
    assert told[0][3].startswith("Ce code à usage unique n'est plus valable.")
    assert await verified(mailed, AWA) is None


async def test_after_three_wrong_entries_the_right_digits_are_refused_too(
    mailed: World, box: Mailbox
) -> None:
    await shut(mailed)
    await asks(mailed, RIGHT)
    right = mailed_code(box)
    for number in range(3):
        await answer_to(mailed, f"{(int(right) + 1 + number) % 1_000_000:06}")
    await answer_to(mailed, right)
    assert await verified(mailed, AWA) is None


async def test_a_one_time_code_ends_after_a_quarter_of_an_hour(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    await asks(mailed, RIGHT)
    mailed.clock.pass_(15 * 60 + 1)
    assert (await answer_to(mailed, mailed_code(box))).startswith(
        "Ce code à usage unique n'est plus valable."
    )


async def test_another_persons_conversation_takes_no_one_time_code(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    await asks(mailed, RIGHT)
    await asks(mailed, "DIOP-4822", peer=STRANGER)
    await answer_to(mailed, mailed_code(box), peer=STRANGER)
    assert await verified(mailed, STRANGER) is None


async def test_one_is_sent_every_ten_minutes_at_most(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    await asks(mailed, RIGHT)
    await asks(mailed, RIGHT)
    assert len(box.mails) == 1
    first = mailed_code(box)
    mailed.clock.pass_(600)
    await asks(mailed, RIGHT)
    assert len(box.mails) == 2
    assert (await answer_to(mailed, first)) != "Bienvenue Diop (consult_notes)" or first == mailed_code(box)
    assert await answer_to(mailed, mailed_code(box)) == "Bienvenue Diop (consult_notes)"


async def test_a_typing_mistake_before_does_not_hold_the_one_time_code_back(
    mailed: World, box: Mailbox
) -> None:
    await shut(mailed)
    await asks(mailed, "DIOP-4822")
    await answer_to(mailed, RIGHT)
    assert await answer_to(mailed, mailed_code(box)) == "Bienvenue Diop (consult_notes)"


async def test_an_address_gets_six_an_hour_whoever_asks(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    for number in range(9):
        assert SENT in await asks(mailed, RIGHT, peer=f"+2217700009{number:02}")
    assert len(box.mails) == 6


async def test_who_has_entered_one_is_sent_more_whoever_else_asks(mailed: World, box: Mailbox) -> None:
    """Else finders of a code could keep its family out for ever."""
    await shut(mailed)
    await asks(mailed, RIGHT)
    await answer_to(mailed, mailed_code(box))
    for number in range(9):
        await asks(mailed, RIGHT, peer=f"+2217700009{number:02}")
    assert len(box.mails) == 6
    mailed.clock.pass_(601)
    await shut(mailed)
    await asks(mailed, RIGHT)
    assert len(box.mails) == 7
    assert await answer_to(mailed, mailed_code(box)) == "Bienvenue Diop (consult_notes)"


async def test_who_has_passed_by_the_code_alone_is_sent_more_whoever_else_asks(
    mailed: World, box: Mailbox
) -> None:
    await asks(mailed, RIGHT)
    assert await verified(mailed, AWA) is not None
    await answer_to(mailed, "déconnexion")
    await shut(mailed)
    for number in range(9):
        await asks(mailed, RIGHT, peer=f"+2217700009{number:02}")
    assert len(box.mails) == 6
    await asks(mailed, RIGHT)
    assert len(box.mails) == 7
    assert await answer_to(mailed, mailed_code(box)) == "Bienvenue Diop (consult_notes)"


async def test_who_has_proven_another_identity_is_sent_none_of_their_own(mailed: World, box: Mailbox) -> None:
    await asks(mailed, "SAGNA-7365")
    await answer_to(mailed, "déconnexion")
    await shut(mailed)
    for number in range(6):
        await asks(mailed, RIGHT, peer=f"+2217700009{number:02}")
    assert SENT in await asks(mailed, RIGHT)
    assert len(box.mails) == 6


async def test_who_has_entered_one_is_sent_six_unentered_ones_an_hour_at_most(
    mailed: World, box: Mailbox, lines: list[dict[str, object]]
) -> None:
    await shut(mailed)
    await asks(mailed, RIGHT)
    await answer_to(mailed, mailed_code(box))
    for _ in range(11):
        mailed.clock.pass_(601)
        await shut(mailed)
        await asks(mailed, RIGHT)
    assert len(box.mails) == 1 + 6
    assert {line["reason"] for line in lines if line["event"] == "one_time_unsent"} == {"too_many"}


async def test_a_code_and_the_chat_that_it_is_for_show_one_reference(mailed: World, box: Mailbox) -> None:
    """Else a parent types the code of a stranger's chat."""
    await shut(mailed)
    mine, other = await asks(mailed, RIGHT), await asks(mailed, RIGHT, peer=STRANGER)
    first, second = [str(mail.get_body(("plain",)).get_content()) for mail in box.mails]  # type: ignore[union-attr]
    assert marks(first, second) == marks(mine, other)
    assert len(set(marks(mine, other))) == 2
    wrong = await answer_to(mailed, mailed_code(box))
    assert marks(wrong) == marks(mine)
    (code,) = re.findall(r"\b\d{6}\b", first)
    assert await answer_to(mailed, f"{marks(mine)[0]} {code}") == "Bienvenue Diop (consult_notes)"


async def test_the_code_is_in_no_document_event_or_log(
    mailed: World, box: Mailbox, lines: list[dict[str, object]]
) -> None:
    published: list[bytes] = []
    publish = mailed.bus.publish

    async def kept(topic: str, data: bytes, **more: object) -> str:
        published.append(data)
        return await publish(topic, data, **more)  # type: ignore[arg-type]

    mailed.bus.publish = kept  # type: ignore[method-assign]
    await shut(mailed)
    await asks(mailed, RIGHT)
    code = mailed_code(box)
    (made,) = [each for each in await one_times(mailed) if each.verified]
    assert code not in made.model_dump_json(exclude={"salt", "digest"})
    assert made.digest not in (code, "")
    assert (made.email, made.due_at) == ("", None)
    assert any(b"one_time" in data for data in published)
    assert not any(code.encode() in data for data in published)
    assert code not in str(lines)


async def test_a_mail_that_was_not_taken_is_tried_again_with_a_code_of_its_own(
    mailed: World, box: Mailbox
) -> None:
    await shut(mailed)
    box.at_recipient = "450 4.2.1 Try again later"
    await asks(mailed, RIGHT)
    assert box.mails == []
    box.at_recipient = "250 OK"
    mailed.clock.pass_(61)
    assert (await mailed.parts.handoff.due.run())["one_times"] == 1
    assert await answer_to(mailed, mailed_code(box)) == "Bienvenue Diop (consult_notes)"
    assert (await mailed.parts.handoff.due.run())["one_times"] == 0


async def test_an_event_that_comes_twice_sends_once(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    await answer_to(mailed, "mes notes")
    mailed.clock.pass_(7)
    await mailed.receive(mailed.message(RIGHT))
    mailed.bus.waiting += mailed.bus.waiting
    await mailed.pump()
    assert len(box.mails) == 1


async def test_the_tick_sends_what_was_never_published(mailed: World, box: Mailbox) -> None:
    await shut(mailed)
    await answer_to(mailed, "mes notes")
    mailed.clock.pass_(7)
    await mailed.receive(mailed.message(RIGHT))
    mailed.bus.waiting = [each for each in mailed.bus.waiting if each.topic != "handoffs"]
    await mailed.pump()
    assert box.mails == []
    assert (await mailed.parts.handoff.due.run())["one_times"] == 1
    assert len(box.mails) == 1


# --- always a one-time code


async def test_a_proof_may_always_ask_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, families: Families
) -> None:
    world = await parish(tmp_path, monkeypatch, families, one_time=True)
    told = {
        unmarked(await asks(world, RIGHT)),
        unmarked(await asks(world, "DIOP-4822", peer=STRANGER)),
    }
    assert len(told) == 1
    assert SENT in told.pop()
    ((to, notice),) = world.notifier.told
    assert (to, notice.purpose) == (MAIL, "code")
    (code,) = re.findall(r"\b\d{6}\b", notice.text)
    assert await answer_to(world, code) == "Bienvenue Diop (consult_notes)"


async def test_a_right_one_time_code_takes_its_try_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, families: Families
) -> None:
    """Else several proofs a day would lock a person."""
    world = await parish(tmp_path, monkeypatch, families, one_time=True)
    for number in range(6):
        assert SENT in await asks(world, RIGHT)
        assert len(world.notifier.told) == number + 1
        (code,) = re.findall(r"\b\d{6}\b", world.notifier.told[-1][1].text)
        assert await answer_to(world, code) == "Bienvenue Diop (consult_notes)"
        world.clock.pass_(601)
