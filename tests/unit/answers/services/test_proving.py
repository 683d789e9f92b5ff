"""A code through the whole turn: asked for, unasked, wrong, right, cancelled, and never kept in the clear."""

from __future__ import annotations

import pytest

from shared.inbound.turn import ATTEMPTS
from shared.models.audit import AuditEntry
from shared.models.locks import Lock
from shared.models.parts import Choices
from shared.models.verification import Errand
from tests.unit.answers.services.families import RIGHT, Families, answer_to, audited, verified
from tests.world import AWA, World

ASKED = "Écrivez votre code, par exemple ABCD-1234. Écrivez *annuler* pour arrêter."
UNKNOWN = "Je ne reconnais pas ce code."
FORM = "Cela ne ressemble pas à un de nos codes"


async def errand(world: World) -> Errand | None:
    return (await world.conversation()).session.errand


async def test_a_right_code_leads_to_what_was_wanted(world: World) -> None:
    assert await answer_to(world, "mes notes") == ASKED
    assert await answer_to(world, "diop 4821") == "Bienvenue Diop (consult_notes)"
    found = await verified(world, AWA)
    assert found is not None
    assert (found.profile, [each.text for each in found.subject["child"]]) == ("parent", ["Awa", "Moussa"])
    assert await errand(world) is None
    assert await audited(world) == ["passed"]


@pytest.mark.parametrize(
    "typed",
    [
        "DIOP-4821",
        "mon code est diop 4821",
        "C'est le code : Diop-4821, merci",
        "ＤＩＯＰ　４８２１",
        "d1op–482l",
        "\u200fDIOP\u200e-٤٨٢١",
        "*d.i.o.p. 4-8-2-1*",
    ],
)
async def test_a_code_is_read_as_people_type_it(world: World, typed: str) -> None:
    await answer_to(world, "mes notes")
    assert await answer_to(world, typed) == "Bienvenue Diop (consult_notes)"


@pytest.mark.parametrize("typed", ["DIOP-4822", "NDIAYE-4821", "CAT-0417", "Diop Fall 4821"])
async def test_a_wrong_code_and_an_unknown_one_are_told_alike(
    world: World, families: Families, typed: str
) -> None:
    await answer_to(world, "mes notes")
    told = await answer_to(world, typed)
    assert told == (
        f"{UNKNOWN} Vérifiez-le et écrivez-le de nouveau, par exemple ABCD-1234, ou écrivez *annuler* pour "
        "arrêter."
    )
    assert len(families.asked) == 1
    assert await verified(world, AWA) is None
    assert await audited(world) == ["wrong"]


@pytest.mark.parametrize(
    "typed", ["😀😀😀", "x" * 5_000, "9" * 5_000, "\u202e1284", "4821", "DIOP-48211", "aa"]
)
async def test_words_that_are_no_code_are_answered_with_the_form_and_count_nothing(
    world: World, families: Families, typed: str
) -> None:
    await answer_to(world, "mes notes")
    assert (await answer_to(world, typed)).startswith(FORM)
    assert families.asked == []
    assert await audited(world) == []


async def test_a_question_is_answered_and_the_code_still_waited_for(world: World) -> None:
    await answer_to(world, "mes notes")
    await answer_to(world, "Quand est la messe de dimanche ?")
    assert world.provider.asked == ["Quand est la messe de dimanche ?"]
    assert await answer_to(world, RIGHT) == "Bienvenue Diop (consult_notes)"


@pytest.mark.parametrize("question", ["pourquoi ?", "C'est quoi ?", "quel code?", "أين؟"])
async def test_a_short_question_is_no_try(world: World, question: str) -> None:
    await answer_to(world, "mes notes")
    assert not (await answer_to(world, question)).startswith(FORM)
    assert await answer_to(world, RIGHT) == "Bienvenue Diop (consult_notes)"


async def test_thanks_are_no_try(world: World) -> None:
    await answer_to(world, "mes notes")
    for words in ("merci", "merci bcp", "ok merci bonne soirée"):
        assert not (await answer_to(world, words)).startswith(FORM)
    assert await answer_to(world, RIGHT) == "Bienvenue Diop (consult_notes)"


async def test_a_code_with_a_question_mark_is_a_try(world: World) -> None:
    await answer_to(world, "mes notes")
    assert (await answer_to(world, "DIOP-482 ?")).startswith(FORM)
    assert await answer_to(world, "Diop 4821 ?") == "Bienvenue Diop (consult_notes)"


async def test_cancelling_ends_the_question(world: World, families: Families) -> None:
    await answer_to(world, "mes notes")
    assert await answer_to(world, "annuler") == "C'est annulé. Que souhaitez-vous savoir ?"
    assert await errand(world) is None
    await answer_to(world, "diop 4821")
    assert families.asked == []


async def test_after_two_wrong_tries_a_human_is_offered(world: World) -> None:
    await answer_to(world, "mes notes")
    assert "personne de l'équipe" not in await answer_to(world, "DIOP-0001")
    assert "Une personne de l'équipe peut aussi vous aider." in await answer_to(world, "DIOP-0002")
    offered = world.channel.parts[-1]
    assert isinstance(offered, Choices)
    assert [choice.id for choice in offered.choices] == ["command:human"]
    await world.say("1")
    assert (await world.conversation()).staff.handoff


async def test_an_unasked_code_counts_if_it_has_its_own_signs(world: World, families: Families) -> None:
    assert await answer_to(world, "Bonjour, DIOP-4821 !") == "Bienvenue Diop (menu)"
    for typed in ("diop 4821", "juin 2026", "Salle 1204", "le 12-2026"):
        await answer_to(world, typed)
    assert families.asked == [RIGHT]


async def test_of_two_forms_the_one_with_more_of_its_own_is_meant(world: World) -> None:
    await answer_to(world, "CAT-0417")
    kept = await errand(world)
    assert kept is not None
    assert kept.profile == "catechist"


async def test_another_right_code_replaces_the_identity(world: World) -> None:
    await answer_to(world, RIGHT)
    await answer_to(world, "SAGNA-7365")
    found = await verified(world, AWA)
    assert found is not None
    assert (found.name, found.subject["family"][0].id) == ("Sagna", "2")


async def test_a_source_that_is_down_is_said_and_counts_no_try(world: World, families: Families) -> None:
    families.down = 5
    await answer_to(world, "mes notes")
    for _ in range(5):
        told = await answer_to(world, "DIOP-0001")
        assert told.startswith("Je ne peux pas vérifier votre code en ce moment.")
    assert await audited(world) == []
    assert await answer_to(world, RIGHT) == "Bienvenue Diop (consult_notes)"


async def test_codes_are_neither_in_the_history_nor_in_locks_nor_in_the_audit_log(
    world: World, lines: list[dict[str, object]]
) -> None:
    await answer_to(world, "mes notes")
    for typed in ("DIOP-0001", "DIOP-0002", RIGHT):
        await answer_to(world, typed)
    history = (await world.conversation()).history
    assert [line.text for line in history if line.author == "person"] == ["mes notes", "•••", "•••", "•••"]
    assert history[-1].text == "[données]"
    for model in (AuditEntry, Lock):
        for document in await world.store.query(model, limit=50, tenant="parish"):
            kept = document.model_dump_json().upper()
            assert "DIOP" not in kept
            assert "4821" not in kept
    assert "4821" not in str(lines)


async def test_the_identity_ends_with_the_session(world: World) -> None:
    await answer_to(world, RIGHT)
    world.clock.pass_(31 * 60)
    await answer_to(world, "Bonjour")
    assert await verified(world, AWA) is None


async def people_said(world: World) -> list[str]:
    return [line.text for line in (await world.conversation()).history if line.author == "person"]


async def test_a_code_that_a_human_is_left_with_is_not_in_the_history(world: World) -> None:
    await answer_to(world, "mes notes")
    await world.receive(world.staff("Je m'en occupe."))
    await world.say(f"mon code est {RIGHT}")
    await world.say("Vous êtes là ?")
    assert await people_said(world) == ["mes notes", "•••", "Vous êtes là ?"]


async def test_a_code_whose_turn_fails_is_not_in_the_history(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answer_to(world, "mes notes")

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Families, "proof", broken)
    event = world.message(RIGHT)
    for _ in range(ATTEMPTS):
        with pytest.raises(RuntimeError):
            await world.receive(event)
        world.clock.pass_(600)
    await world.receive(event)
    assert (await people_said(world))[-1] == "•••"
