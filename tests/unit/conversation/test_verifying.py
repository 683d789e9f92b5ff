"""A proven identity lasts for one session, and belongs to one conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from shared.answers import Answer
from shared.answers.order import Answers
from shared.conversation.absorbing import absorb
from shared.conversation.acts import Act, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.verifying import LogOut, Pursue, Verify
from shared.models.history import Line
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.models.verification import Errand, Linked, Verified
from tests.fakes.asked import NOW, asked
from tests.world import CountedIds, World

TENANT = Tenant(tenant="parish", name="Parish", languages=["fr"])
PARENT = Verified(profile="parent", at=NOW, subject={"child": [Linked(id="7", text="Awa")]})
ERRAND = Errand(step="code", profile="parent", action="notes", at=NOW)
IDLE = timedelta(minutes=30)


def conversation() -> Conversation:
    return asked(TENANT, "x", "fr", [Line(author="person", text="Bonjour", at=NOW)]).conversation


async def after(found: Conversation, *acts: Act) -> Conversation:
    for act in acts:
        (await act.prepare(Scene(None, found, [], NOW))).write()  # type: ignore[arg-type]
    return found


async def test_an_identity_ends_the_errand_that_asked_for_it() -> None:
    session = (await after(conversation(), Pursue(ERRAND), Verify(PARENT))).session
    assert (session.verified, session.errand) == (PARENT, None)


async def test_an_identity_ends_with_the_session() -> None:
    found = await after(conversation(), Verify(PARENT))
    found.refresh(IDLE, CountedIds(), NOW + IDLE)
    assert found.session.verified == PARENT
    found.refresh(IDLE, CountedIds(), NOW + IDLE * 2 + timedelta(seconds=1))
    assert found.session.verified is None
    assert found.history == []


@pytest.mark.parametrize(("hours", "resumed"), [(1, ERRAND), (23, ERRAND), (25, None)])
async def test_what_was_under_way_is_known_for_a_day(hours: int, resumed: Errand | None) -> None:
    found = await after(conversation(), Pursue(ERRAND))
    found.refresh(IDLE, CountedIds(), NOW + timedelta(hours=hours))
    assert (found.session.errand, found.session.broken_off) == (None, resumed)


async def test_an_errand_that_nobody_resumed_is_still_known_in_the_session_after_the_next() -> None:
    found = await after(conversation(), Pursue(ERRAND))
    found.refresh(IDLE, CountedIds(), NOW + timedelta(hours=1))
    found.refresh(IDLE, CountedIds(), NOW + timedelta(hours=2))
    assert found.session.broken_off == ERRAND


async def test_logging_out_leaves_nothing_for_the_next_person() -> None:
    found = conversation()
    found.memory.summary = "Awa is her daughter."
    await after(found, Verify(PARENT), Pursue(ERRAND), LogOut(CountedIds()))
    session = found.session
    assert (session.verified, session.errand, session.broken_off) == (None, None, None)
    assert (found.history, found.memory.summary) == ([], "")


async def test_a_merge_of_two_people_leaves_no_identity() -> None:
    one, other = await after(conversation(), Verify(PARENT)), await after(conversation(), Pursue(ERRAND))
    for whole, part in ((one, other), (other, one)):
        merged = absorb(part, whole, "c", "contact", NOW)
        assert (merged.session.verified, merged.session.errand) == (None, None)
    assert absorb(one, None, "c", "contact", NOW).session.verified is None


@pytest.mark.parametrize(
    ("fields", "history"),
    [
        ({}, ["DIOP-4821", "Maths : 15"]),
        ({"private": "[notes]"}, ["DIOP-4821", "[notes]"]),
        ({"private": "[notes]", "concealed": True}, ["•••", "[notes]"]),
    ],
)
async def test_secrets_stay_out_of_the_history(
    world: World, fields: Mapping[str, object], history: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer([Text(text="Maths : 15")], Outcome.ANSWERED, "notes", "fr", **fields)  # type: ignore[arg-type]

    async def told(*_: object) -> Answer:
        return answer

    monkeypatch.setattr(Answers, "answer", told)
    await world.say("DIOP-4821")
    assert world.texts() == ["Maths : 15"]
    assert [line.text for line in (await world.conversation()).history] == history
