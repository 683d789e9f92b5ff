"""Sessions over whole turns: signing out, and resuming an errand that an idle session broke off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.answers.services import resuming
from shared.language.languages import shipped
from shared.models.parts import Choices, Pressed
from shared.models.verification import Errand, Linked, Verified
from tests.fakes.asked import asked
from tests.world import World

PROOF = {"records": "p", "of": "1", "code": "Code", "form": "{4 digits}", "keeps": {"child": "id"}}
NOTES = {
    "names": {"fr": "Les notes", "en": "The notes"},
    "records": "p",
    "of": "2",
    "where": {"Enfant": "child"},
    "fields": {"note": "Note"},
    "says": {"fr": {"row": "{{ note }}", "none": "Rien."}},
}
SERVICES: dict[str, Any] = {
    "services": {"parents": {"kind": "gated", "names": {"fr": "Parents"}, "profile": "parent"}},
    "profiles": {"parent": {"names": {"fr": "Parent"}, "proof": PROOF, "actions": ["notes"]}},
    "actions": {"notes": NOTES},
    "records": {"p": {"kind": "baserow"}},
    "emergencies": {"words": ["au feu"]},
}
QUESTION = "Quand est la messe ?"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    found = await World(tmp_path).begin(**SERVICES)
    await found.say("Bonjour")
    return found


async def keep(world: World, **session: Any) -> None:
    """Keeps an identity or an errand for the session, as their acts do."""
    conversation = await world.conversation()
    for name, value in session.items():
        setattr(conversation.session, name, value)
    await world.store.put(conversation)


async def session(world: World) -> Any:
    return (await world.conversation()).session


def errand(world: World, action: str = "notes", of: str = "7") -> Errand:
    return Errand(step="code", profile="parent", action=action, of=of, at=world.clock.now())


def verified(world: World) -> Verified:
    return Verified(profile="parent", at=world.clock.now(), subject={"child": [Linked(id="7")]})


def offered(world: World) -> list[tuple[str, str]]:
    """Returns the choices of the last message that was sent."""
    last = world.channel.parts[-1]
    return [(each.id, each.title) for each in last.choices] if isinstance(last, Choices) else []


async def test_every_language_has_words_to_sign_out(world: World) -> None:
    words = [word for language in shipped().values() for word in sorted(language.commands["logout"])]
    for word in ["/logout", "Déconnexion", "se déconnecter", "Logout", *words]:
        world.clock.pass_(61)
        await keep(world, verified=verified(world))
        before = (await session(world)).id
        await world.say(word)
        now = await session(world)
        assert (now.verified, now.lapsed) == (None, False), word
        assert now.id != before


async def test_signing_out_leaves_nothing_to_the_next_person(world: World) -> None:
    await keep(world, verified=verified(world), broken_off=errand(world))
    await world.say("déconnexion")
    conversation = await world.conversation()
    assert world.texts()[-1].startswith("Vous êtes déconnecté.")
    assert (conversation.session.broken_off, conversation.memory.facts) == (None, [])
    assert [line for line in conversation.history if line.author == "person"] == []


async def test_without_an_identity_signing_out_says_so_and_gives_up_what_was_begun(world: World) -> None:
    await keep(world, errand=errand(world))
    await world.say("logout")
    assert world.texts()[-1].startswith("Personne n'est connecté ici")
    assert (await session(world)).errand is None


async def test_an_identity_ends_with_an_idle_session_and_the_reason_is_told(world: World) -> None:
    await keep(world, verified=verified(world))
    world.clock.pass_(29 * 60)
    await world.say(QUESTION)
    assert (await session(world)).verified is not None
    world.clock.pass_(31 * 60)
    await world.say(QUESTION)
    now = await session(world)
    assert (now.verified, now.lapsed) == (None, True)
    tenant = await world.parts.directory.tenant("parish")
    assert tenant is not None
    told = replace(asked(tenant, "Mes notes", "fr"), conversation=await world.conversation())
    assert "30 minutes" in (resuming.code_again(told) or "")


async def test_an_errand_that_was_broken_off_is_offered_once(world: World) -> None:
    await keep(world, errand=errand(world))
    world.clock.pass_(3 * 3_600)
    await world.say(QUESTION)
    assert world.texts()[-1].startswith("answer to: Quand est la messe ?\n\nLa dernière fois, vous alliez")
    assert "Les notes" in world.texts()[-1]
    assert offered(world) == [("act:notes:7", "Continuer")]
    await world.say("Et les horaires ?")
    assert offered(world) == []
    assert (await session(world)).broken_off is None


@pytest.mark.parametrize(
    ("action", "of", "choice"),
    [
        ("notes", "", [("act:notes", "Continuer")]),
        ("", "", [("service:parents", "Continuer")]),
        ("gone", "", []),
    ],
)
async def test_the_choice_leads_to_the_action_or_the_service_if_it_is_still_there(
    world: World, action: str, of: str, choice: list[tuple[str, str]]
) -> None:
    await keep(world, errand=errand(world, action, of))
    world.clock.pass_(3_600)
    await world.say(QUESTION)
    assert offered(world) == choice


async def test_after_a_day_it_is_forgotten(world: World) -> None:
    await keep(world, errand=errand(world))
    world.clock.pass_(timedelta(hours=25).total_seconds())
    await world.say(QUESTION)
    assert offered(world) == []


@pytest.mark.parametrize("text", ["Au feu !", "humain", "STOP", "Je veux parler à quelqu'un de l'équipe"])
async def test_it_waits_for_another_answer_than_help_a_human_or_an_opt_out(world: World, text: str) -> None:
    await keep(world, errand=errand(world))
    world.clock.pass_(3_600)
    await world.say(text)
    assert not any(id.startswith("act:") for id, _ in offered(world))


async def test_it_does_not_take_the_place_of_other_choices(world: World) -> None:
    await keep(world, errand=errand(world))
    world.clock.pass_(3_600)
    await world.say("coordonnées")
    assert [id for id, _ in offered(world)] == ["command:human"]
    await world.say(QUESTION)
    assert offered(world) == [("act:notes:7", "Continuer")]


async def test_a_choice_of_a_service_gets_no_offer(world: World) -> None:
    await keep(world, errand=errand(world))
    world.clock.pass_(3_600)
    pressed = world.message("").model_copy(update={"parts": [Pressed(id="act:notes", title="Les notes")]})
    await world.receive(pressed)
    await world.pump()
    assert not any(id.startswith("act:") for id, _ in offered(world))


async def test_a_session_may_be_shorter(tmp_path: Path) -> None:
    world = await World(tmp_path).begin(**SERVICES, limits={"session_idle_minutes": 5})
    await world.say("Bonjour")
    await keep(world, verified=verified(world))
    world.clock.pass_(6 * 60)
    await world.say(QUESTION)
    assert (await session(world)).verified is None
