"""Conversations about services, from the menu to a person's own records, through whole turns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from shared.answers import Answer, Asked, Understood
from shared.answers.services.lookups import Unavailable
from shared.answers.staff.suggesting import Suggesting
from shared.channels import Refused
from shared.conversation.acts import Scene
from shared.conversation.conversation import Conversation, State
from shared.conversation.handoffs import CallHuman
from shared.models.handoff import Handoff
from shared.models.history import CONCEALED
from shared.models.message import Inbound
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.platform.store import Transaction
from tests.fakes.parish import offer
from tests.unit.answers.services.office import Office, opened
from tests.world import AWA, START


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return await opened(tmp_path, monkeypatch)


async def test_from_the_menu_to_the_notes_of_one_child(office: Office) -> None:
    await office.say("menu")
    assert list(office.offered) == ["Renseignements", "Espace parents", "Mon séjour", "Secrétariat"]
    await office.say("2")
    assert office.last == "Code (parent)?"
    await office.say("DIOP-4821")
    assert "Merci, Fatou Diop." in office.last
    assert list(office.offered) == ["Notes de mon enfant", "Mes frais", "Attestation de suivi"]
    await office.say("1")
    assert office.offered == {
        "Awa": "act:consult_notes:31",
        "Moussa": "act:consult_notes:32",
        "Tous": "act:consult_notes:*",
    }
    await office.say("Moussa")
    assert office.last == "Les notes, Fatou Diop :\n\n• Sacrements : *11*, samedi 14 novembre"
    assert office.register.calls == [("consult_notes", "32")]
    await office.press("service:parents")
    assert "Notes de mon enfant" in office.offered


async def test_all_children_have_their_names_above_their_notes(office: Office) -> None:
    await office.prove("DIOP-4821")
    await office.press("act:consult_notes:*", "Tous")
    assert office.last.split("\n") == [
        "Les notes, Fatou Diop :",
        "",
        "*Awa*",
        "• Vie de Jésus : *16,5*, samedi 14 novembre",
        "• Prières : *14*, samedi 14 novembre",
        "",
        "*Moussa*",
        "• Sacrements : *11*, samedi 14 novembre",
    ]
    assert office.register.calls == [("consult_notes", "")]


async def test_in_english(office: Office) -> None:
    await office.say("I would like to see the marks of my children please")
    assert office.last == "Code (parent)?"
    await office.say("DIOP-4821")
    assert office.last.startswith("My child's marks: which one?")
    await office.say("both, please")
    assert office.last.startswith("*Awa*\n• Vie de Jésus: *16.5*")
    await office.say("And the marks of Moussa please")
    assert office.last == "• Sacrements: *11*"


async def test_a_wish_names_the_child_before_the_proof(office: Office) -> None:
    await office.say("je voudrais les notes de Awa")
    await office.say("DIOP-4821")
    assert office.register.calls == [("consult_notes", "31")]


async def test_another_wish_instead_of_the_code_asks_for_it_again(office: Office) -> None:
    await office.say("les notes")
    await office.say("mes frais svp")
    assert office.last == "Code (parent)?"
    await office.say("DIOP-4821")
    assert office.offered["Awa"] == "act:fees:31"


async def test_the_named_child_is_remembered_beyond_a_wrong_code(office: Office) -> None:
    await office.say("je voudrais les notes de Moussa")
    conversation = await office.conversation()
    conversation.history.append(conversation.history[0].model_copy(update={"text": "•••"}))
    await office.store.put(conversation)
    await office.say("DIOP-4821")
    assert office.register.calls == [("consult_notes", "32")]


@pytest.mark.parametrize(
    "said", ["les notes de Awa et Moussa", "les notes de tous mes enfants", "notes des deux"]
)
async def test_several_children_are_named_at_once(office: Office, said: str) -> None:
    await office.prove("DIOP-4821")
    await office.say(said)
    assert office.register.calls == [("consult_notes", "")]


async def test_the_only_child_is_not_asked_for(office: Office) -> None:
    await office.prove("SAGNA-7365")
    assert office.last.startswith("Que souhaitez-vous faire ?")
    await office.say("notes")
    assert "Bible : *18*" in office.last


@pytest.mark.parametrize("typed", ["Awa", "pour awa svp", "celles de Awa", "awa"])
async def test_a_child_is_chosen_in_words(office: Office, typed: str) -> None:
    await office.prove("DIOP-4821")
    await office.say("notes")
    await office.say(typed)
    assert office.register.calls == [("consult_notes", "31")]


@pytest.mark.parametrize("id", ["33", "31:32", "' OR 1=1", "503", "0", "Awa"])
async def test_a_wrong_child_in_a_payload_is_refused(office: Office, id: str) -> None:
    await office.prove("DIOP-4821")
    await office.press(f"act:consult_notes:{id}", "Rose")
    assert office.last == "Je ne peux vous montrer que ce qui appartient à votre propre dossier."
    assert office.register.calls == []


async def test_a_child_of_others_is_not_shown_by_name(office: Office) -> None:
    await office.prove("DIOP-4821")
    await office.say("les notes de Rose svp")
    assert office.last.startswith("Je ne peux vous montrer que ce qui appartient à votre propre dossier.")
    assert list(office.offered) == ["Awa", "Moussa", "Tous"]
    assert office.register.calls == []


@pytest.mark.parametrize(
    "id", ["act:consult_notes:31", "act:consult_notes", "yes:late_checkout", "service:stays"]
)
async def test_a_payload_without_a_proof_asks_for_it(office: Office, id: str) -> None:
    await office.press(id)
    assert office.last.startswith("Code (")
    assert office.register.calls == []
    assert office.register.attempts == 0


async def test_an_action_of_another_profile_asks_for_its_proof(office: Office) -> None:
    await office.prove("KN-20831", "stays")
    await office.press("act:consult_notes:31")
    assert office.last == "Code (parent)?"
    assert office.register.calls == []


@pytest.mark.parametrize(
    "id", ["act:nothing", "service:nothing", "service:desk", "more:x", "act:", "more:99"]
)
async def test_an_unknown_id_is_no_service(office: Office, id: str) -> None:
    await office.press(id, "Quand est la messe ?")
    assert office.last.startswith("answer to: Quand est la messe ?")


async def test_records_are_not_in_the_history(office: Office) -> None:
    await office.prove("DIOP-4821")
    await office.press("act:consult_notes:*", "Tous")
    history = await office.history()
    assert "[consult_notes: 3 rows]" in history
    assert not any(word in history for word in ("Sacrements", "16,5", "Fatou", "DIOP-4821", "Moussa"))


async def test_rows_are_data(office: Office) -> None:
    office.register.notes = {"33": [("{{ name }} *1* \n#take http", 1, "Rose")]}
    await office.prove("SAGNA-7365")
    await office.say("notes")
    assert "• {{ name }} ∗1∗ #take http : *1*" in office.last


async def test_a_dead_source_offers_a_human(office: Office) -> None:
    await office.prove("SAGNA-7365")
    office.register.broken = Unavailable()
    await office.say("notes")
    assert office.last.startswith("Je n'arrive pas à consulter cela pour le moment.")
    assert office.offered == {"Parler à quelqu'un": "command:human"}


async def test_rows_that_were_kept_say_their_age_and_the_rest_is_announced(office: Office) -> None:
    await office.prove("SAGNA-7365")
    office.register.as_of, office.register.more = START - timedelta(minutes=42), True
    await office.say("notes")
    assert office.last.endswith(
        "Je ne montre que les 1 premiers ; il y en a d'autres.\n\n"
        "Ceci date de 09:18 : je n'ai pas accès à plus récent pour le moment."
    )


async def test_no_rows_have_words_of_their_own(office: Office) -> None:
    office.register.notes = {}
    await office.prove("SAGNA-7365")
    await office.say("notes")
    assert office.last == "Pas encore de notes."


async def test_a_page_is_a_link(office: Office) -> None:
    await office.prove("SAGNA-7365")
    await office.say("attestation de suivi")
    assert office.last.startswith("*Attestation de suivi*\n\nVoici votre lien privé.")
    assert office.last.endswith("https://parish.example/pages/token")
    assert office.pages.made == ["certificate"]
    assert "[certificate: page]" in await office.history()


async def test_a_person_is_called_and_topics_are_shown(office: Office) -> None:
    await office.press("service:questions")
    assert office.last.startswith("Posez-moi votre question")  # the only entry has no topic
    await office.press("service:office")
    assert (await office.conversation()).state == State.BOT
    assert office.last.startswith("*Secrétariat* est fermé pour le moment et rouvre à lundi 08:00.")
    assert office.offered == {"Parler à quelqu'un": "command:human"}
    office.clock.time = START + timedelta(days=3, hours=-1)
    await office.press("service:office")
    assert (await office.conversation()).state == State.WAITING


async def test_a_closed_service_shows_no_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = offer()
    tenant["services"]["parents"]["open"] = {"sun": ["08:00-12:00"]}
    office = await opened(tmp_path, monkeypatch, **tenant)
    for ask in ("notes", "je voudrais les notes de Awa"):
        await office.say(ask)
        assert office.last.startswith("*Espace parents* est fermé pour le moment et rouvre à dimanche 08:00.")


async def test_a_service_of_another_channel_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = offer()
    tenant["services"]["parents"]["channels"] = ["webchat"]
    office = await opened(tmp_path, monkeypatch, **tenant)
    await office.say("menu")
    assert "Espace parents" not in office.offered
    await office.press("act:consult_notes:31", "Awa")
    assert office.last.startswith("answer to: Awa")


async def test_a_long_menu_has_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = offer()
    for number in range(12):
        names = {"fr": f"{number}e service, très particulier"}
        tenant["services"][f"s{number}"] = {"kind": "human", "names": names}
    office = await opened(tmp_path, monkeypatch, **tenant)
    await office.say("menu")
    assert len(office.offered) == 10
    assert office.offered["Suite …"] == "more:9"
    await office.say("10")
    assert len(office.offered) == 7
    assert next(iter(office.offered)) == "5e service, très partic…"


async def test_the_office_s_own_commands_are_for_its_staff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = {"name": "Awa", "roles": ["admin"], "ways": [{"channel": "waha", "to": "+221770000001"}]}
    office = await opened(tmp_path, monkeypatch, staff={"awa": member})
    await office.say("menu")
    assert "Administration" in office.offered
    await office.press("service:desk")
    assert "*#help*" in office.last


async def test_without_services_the_menu_has_the_topics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await opened(tmp_path, monkeypatch, services={}, profiles={}, actions={})
    await office.say("menu")
    assert office.last.startswith("Posez-moi votre question")


async def test_staff_who_are_called_for_an_undelivered_answer_see_none_of_its_records(office: Office) -> None:
    await office.prove("DIOP-4821")
    office.channel.results = [Refused("no_such_chat")]
    await office.press("act:consult_notes:32", "Moussa")
    assert "Sacrements" in office.last
    (request,) = await office.store.query(Handoff, limit=10, tenant="parish")
    assert request.reason == "delivery_failed"
    assert request.summary == "[consult_notes: 1 rows]"
    assert (await office.conversation()).preview == "[consult_notes: 1 rows]"


async def test_staff_read_no_code_in_a_request(office: Office) -> None:
    """The last words of the person stand in a request that is made before or instead of their answer."""
    await office.say("menu")
    await office.say("2")
    await office.receive(office.staff("Je suis là.", peer=AWA))
    await office.receive(office.message("DIOP-4821", peer=AWA, id="CODE"))
    assert (await office.conversation_of(AWA)).preview == CONCEALED
    found = await office.store.query(Inbound, limit=9, tenant="parish")
    (message,) = [each for each in found if each.message == "CODE"]

    async def call(tx: Transaction) -> None:
        scene = Scene(tx, await office.conversation_of(AWA), [message], office.clock.now(), CONCEALED)
        (await CallHuman(("failed_answers",), message.message).prepare(scene)).write()

    await office.store.transaction(call)
    (request,) = await office.store.query(Handoff, limit=10, tenant="parish")
    assert request.summary == CONCEALED


async def test_a_draft_for_staff_shows_no_code_to_a_model(office: Office) -> None:
    await office.say("menu")
    await office.say("2")
    await office.receive(office.staff("Je suis là.", peer=AWA))
    for words in ("DIOP-4821", "Et mon fils ?"):
        office.clock.pass_(7)
        await office.receive(office.message(words, peer=AWA))
    shown: list[str] = []

    class Reading:
        async def understand(
            self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]
        ) -> Understood:
            return Understood("\n".join(map(words_of, batch)), "fr")

    class Showing:
        async def answer(self, asked: Asked) -> Answer | None:
            shown.append(asked.words.said)
            return None

    tenant = await office.store.get(Tenant, tenant="parish")
    assert tenant is not None
    await Suggesting(office.store, office.clock, Reading(), [Showing()]).draft(
        tenant, await office.conversation_of(AWA)
    )
    assert shown == ["Et mon fils ?"]
