"""Commands and choices: `/services` and "services" are equal, and "2" works for people without buttons."""

from __future__ import annotations

import pytest

from shared.conversation.conversation import State
from shared.language.commands import Command, command
from shared.language.texts import text
from shared.models.handoff import Handoff
from shared.models.parts import Choices, Part, Pressed, Text
from shared.models.tenant import KnowledgeEntry, Tenant, Wording
from tests.world import World

#: Title → number of entries on it.
TOPICS = {"Rooms": 3, "Spa & sea": 2, "Contact": 1}


@pytest.fixture
async def hotel(world: World) -> World:
    """A hotel with English and French, and TOPICS titled in both."""
    await world.begin(languages=["en", "fr"])
    await world.store.delete(KnowledgeEntry, tenant="parish", entry="mass")
    for title, number in TOPICS.items():
        for place in range(number):
            await add(world, title, f"{title[:4].strip().lower()}-{place}")
    return world


async def add(world: World, title: str, entry: str) -> None:
    topic = {"en": title, "fr": f"{title} (fr)"}
    wordings = {
        "en": Wording(questions=[f"What of {entry}?"], answer="Yes."),
        "fr": Wording(questions=[f"Quoi de {entry} ?"], answer="Oui."),
    }
    await world.store.put(KnowledgeEntry(tenant="parish", entry=entry, topic=topic, wordings=wordings))


async def said(world: World) -> list[Part]:
    """Returns the parts of the newest outbound message."""
    return [sent.part for sent in (await world.outbound())[-1].parts]


async def menu(world: World) -> Choices:
    (part,) = await said(world)
    assert isinstance(part, Choices)
    return part


async def press(world: World, id: str, title: str = "") -> None:
    event = world.message("x").model_copy(update={"parts": [Pressed(id=id, title=title)]})
    await world.receive(event)
    await world.pump()


async def handoffs(world: World) -> list[tuple[str, str]]:
    found = await world.store.query(Handoff, order="created_at", limit=10, tenant="parish")
    return [(each.reason, each.state) for each in found]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/start", Command.START),
        ("/start campaign_7", Command.START),
        ("/help@our_bot", Command.HELP),
        ("/SERVICES", Command.SERVICES),
        (" /contact ", Command.CONTACT),
        ("/cancel", Command.CANCEL),
        ("/aide", Command.HELP),
        ("Aide !", Command.HELP),
        ("vos services ?", Command.SERVICES),
        ("Coordonnées", Command.CONTACT),
        ("Annuler", Command.CANCEL),
        ("never mind", Command.CANCEL),
        ("/", None),
        ("/unknown", None),
        ("/starter", None),
        ("start campaign_7", None),
        ("1/2", None),
        ("cancel my booking", None),
        ("your services are poor", None),
    ],
)
def test_a_command_is_its_slash_or_its_word_alone(text: str, meant: Command | None) -> None:
    assert command(text) == meant


async def test_services_are_what_most_is_known_of_first(hotel: World) -> None:
    await hotel.say("/services")
    shown = await menu(hotel)
    assert [choice.title for choice in shown.choices] == ["Rooms", "Spa & sea", "Contact"]
    assert shown.label == "Choose"
    assert await hotel.outcomes() == ["answered"]


@pytest.mark.parametrize("words", ["2", "2.", "2)", "n° 2", "option 2", "٢", "spa & SEA", "2. Spa & sea"])
async def test_a_number_or_its_words_are_the_choice(hotel: World, words: str) -> None:
    await hotel.say("services")
    await hotel.say(words)
    (answer,) = await said(hotel)
    assert isinstance(answer, Text)
    assert "*Spa & sea*" in answer.text
    assert "• What of spa-0?\n• What of spa-1?" in answer.text
    assert hotel.provider.asked == []


async def test_a_press_is_the_choice_also_much_later(hotel: World) -> None:
    await hotel.say("services")
    chosen = (await menu(hotel)).choices[1]
    await hotel.say("What time is it?")
    hotel.clock.pass_(86_400)
    await press(hotel, chosen.id)
    assert "spa-1" in hotel.texts()[-1]


@pytest.mark.parametrize("words", ["0", "4", "12", "2 adults", "2.5", "Spa"])
async def test_other_words_are_a_question(hotel: World, words: str) -> None:
    await hotel.say("services")
    await hotel.say(words)
    assert hotel.provider.asked == [words]


async def test_a_number_counts_in_what_was_said_last(hotel: World) -> None:
    await hotel.say("2")
    await hotel.say("services")
    await hotel.say("What time is it?")
    await hotel.say("2")
    assert hotel.provider.asked == ["2", "What time is it?", "2"]


async def test_a_number_is_not_ours_once_staff_have_written(hotel: World) -> None:
    await hotel.say("services")
    await hotel.receive(hotel.staff("Two rooms, or one?"))
    await hotel.receive(hotel.staff("#bot"))
    await hotel.say("2")
    assert hotel.provider.asked == ["2"]


async def test_a_number_among_other_words_is_read_as_its_title(hotel: World) -> None:
    await hotel.say("services")
    held = hotel.message("For my mother,"), hotel.message("2")

    async def meanwhile() -> None:
        await hotel.receive(held[1])

    hotel.provider.meanwhile = [meanwhile]
    await hotel.receive(held[0])
    await hotel.pump()
    assert hotel.provider.asked[-1] == "For my mother,\nSpa & sea"


async def test_the_menu_is_in_the_persons_language(hotel: World) -> None:
    await hotel.say("Je voudrais savoir ce que vous faites")
    await hotel.say("services")
    assert (await menu(hotel)).choices[0].title == "Rooms (fr)"
    await hotel.say("1")
    assert "• Quoi de room-0 ?" in hotel.texts()[-1]


async def test_a_long_menu_has_pages(hotel: World) -> None:
    for number in range(20):
        await add(hotel, f"Topic {number:02d}", f"topic-{number:02d}")
    seen = []
    await hotel.say("services")
    for _ in range(2):
        shown = (await menu(hotel)).choices
        assert len(shown) == 10
        seen += [choice.title for choice in shown[:-1]]
        await hotel.say("10")
    seen += [choice.title for choice in (await menu(hotel)).choices]
    assert seen == [*TOPICS, *(f"Topic {number:02d}" for number in range(20))]


async def test_without_topics_there_is_help(world: World) -> None:
    await world.say("/services")
    assert "vos mots" in world.texts()[-1]


async def test_a_choice_that_leads_nowhere_any_more_is_a_question(hotel: World) -> None:
    for id in ("topic:gone", "services:99", "services:-1", "command:fly", "flow-7"):
        await press(hotel, id, "The old spa")
    assert hotel.provider.asked == ["The old spa"] * 5


async def test_contact_tells_how_and_keeps_a_human_one_step_away(hotel: World) -> None:
    await hotel.begin(languages=["en", "fr"], texts={"en": {"contact": "Call us."}})
    hotel.clock.pass_(61)  # the tenant's settings are cached for a minute
    await hotel.say("/contact")
    shown = await menu(hotel)
    assert (shown.text, [choice.title for choice in shown.choices]) == ("Call us.", ["Talk to someone"])
    assert await handoffs(hotel) == []
    await hotel.say("1")
    assert await handoffs(hotel) == [("asked", "requested")]
    assert (await hotel.conversation()).state == State.WAITING


@pytest.mark.parametrize("said", ["are you a bot?", "Who are you?"])
async def test_a_program_says_that_it_is_one_and_offers_a_human(hotel: World, said: str) -> None:
    await hotel.say(said)
    shown = await menu(hotel)
    assert "a program, not a person" in shown.text
    assert [choice.id for choice in shown.choices] == ["command:human"]
    assert hotel.provider.asked == []
    assert await handoffs(hotel) == []


async def test_cancel_takes_back_what_waits_for_a_human(hotel: World) -> None:
    await hotel.say("human")
    await hotel.say("/cancel")
    assert await handoffs(hotel) == [("asked", "closed")]
    assert (await hotel.conversation()).state == State.BOT
    assert hotel.texts()[-1].startswith("All right, that is cancelled.")
    await hotel.say("/cancel")
    assert hotel.texts()[-1].startswith("There is nothing to cancel here.")
    await hotel.say("human")
    assert await handoffs(hotel) == [("asked", "closed"), ("asked", "requested")]


async def test_cancel_ends_an_open_menu(hotel: World) -> None:
    await hotel.say("services")
    await hotel.say("annuler")
    assert hotel.texts()[-1].startswith("All right")
    await hotel.say("2")
    assert hotel.provider.asked == ["2"]


async def test_an_emergency_is_not_cancelled(hotel: World) -> None:
    await hotel.begin(languages=["en"], emergencies={"words": ["fire"]})
    hotel.clock.pass_(61)
    await hotel.say("There is a fire!")
    await hotel.say("human")
    await hotel.say("cancel")
    assert await handoffs(hotel) == [("emergency", "requested")]
    assert (await hotel.conversation()).state == State.WAITING


async def test_start_welcomes_and_welcomes_back(hotel: World) -> None:
    await hotel.say("/start")
    assert hotel.texts()[-1].startswith("Hello!")
    await hotel.say("STOP")
    await hotel.say("Anybody there?")
    await hotel.say("/start")
    assert hotel.texts()[-1].startswith("Welcome back!")
    assert len(hotel.texts()) == 3


async def test_the_transcript_holds_what_there_was_to_choose(hotel: World) -> None:
    await hotel.say("services")
    assert "2. Spa & sea" in (await hotel.conversation()).history[-1].text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I would like to talk to a real person, please", "somebody will answer you"),
        ("Bonjour, je voudrais parler à quelqu'un de l'équipe", "une personne vous répondra"),
    ],
)
async def test_a_wish_for_a_human_needs_no_provider(hotel: World, said: str, told: str) -> None:
    """The world's provider never recognises a request for a human."""
    await hotel.say(said)
    assert hotel.provider.asked == []
    assert await handoffs(hotel) == [("asked", "requested")]
    assert told in hotel.texts()[-1]


@pytest.mark.parametrize(("words", "language"), [("ayuda", "es"), ("مساعدة", "ar"), ("ndimbal", "wo")])
async def test_a_tenants_language_is_spoken_from_the_first_command_on(
    world: World, words: str, language: str
) -> None:
    await world.begin(languages=["fr", language])
    await world.say({"es": "hola", "ar": "السلام عليكم", "wo": "nanga def"}[language])
    await world.say(words)
    parish = Tenant(tenant="parish", name="Parish", languages=["fr", language])
    assert world.texts() == [text(parish, language, key) for key in ("welcome", "help")]
