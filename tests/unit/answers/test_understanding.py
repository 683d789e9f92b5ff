"""The words of a turn are read once: a burst is read message by message."""

from __future__ import annotations

import pytest

from shared.answers.understanding import ByRules
from shared.language.commands import Command
from shared.models.parts import Text
from shared.models.tenant import Emergencies, Tenant
from shared.understanding.reader import Reader
from shared.understanding.signs import Sign
from tests.fakes.asked import asked

TENANT = Tenant(tenant="parish", name="Parish", languages=["fr", "en"])


@pytest.mark.parametrize(
    ("burst", "expected"),
    [
        (["STOP"], Command.STOP),
        (["STOP", "STOP"], Command.STOP),
        (["START", "start"], Command.START),
        (["Laissez-moi tranquille", "STOP"], Command.STOP),
        (["STOP", "merci"], Command.STOP),
        (["STOP", "START"], Command.START),
        (["merci", "merci"], Command.THANKS),
        (["merci", "Quand est la messe ?"], None),
        (["Quand est la messe ?"], None),
    ],
)
async def test_a_command_counts_in_a_burst(burst: list[str], expected: Command | None) -> None:
    turn = asked(TENANT, "", "fr")
    (message,) = turn.batch
    batch = [message.model_copy(update={"parts": [Text(text=text)]}) for text in burst]
    read = await ByRules(Reader(None)).understand(TENANT, turn.conversation, batch)
    assert read.command == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Au feu ! C'est combien ?", None), ("je ne veux plus vivre, je veux en finir", Sign.DESPAIR)],
)
async def test_words_of_care_are_for_despair_and_abuse_alone(text: str, expected: Sign | None) -> None:
    tenant = TENANT.model_copy(update={"emergencies": Emergencies(words=["au feu"])})
    turn = asked(tenant, text, "fr")
    read = await ByRules(Reader(None)).understand(tenant, turn.conversation, turn.batch)
    assert read.urgent
    assert read.care == expected
