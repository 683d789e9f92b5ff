"""Any answer of a model can be sent on every channel: stored, split, rendered, and put into a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.channels import Sent
from shared.conversation.outbox import PART_LIMIT, split
from shared.models.parts import Text
from shared.platform.http import HttpAnswer
from shared.tenants import plugins
from tests.contract.test_channels import CASES
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp, answer
from tests.fakes.model import Reply
from tests.world import World

#: A success in every gateway's format at once.
TAKEN = {"id": "A1", "idMessage": "A1", "messages": [{"id": "A1"}], "ok": True, "result": {"message_id": 1}}
#: Unpaired surrogates: JavaScript and models produce them, and Hypothesis does not by itself.
ODD = "*_~`<>&[]()\\/;a1. \n\t\0\u200d🙏\ud83d\udc4d"
ANYTHING = st.text(max_size=300) | st.text(alphabet=ODD, max_size=80)


class Wire(ScriptedHttp):
    """An HTTP port that encodes each request in UTF-8."""

    async def request(self, method: str, url: str, **more: Any) -> HttpAnswer:
        assert len(json.dumps(more["json"], ensure_ascii=False).encode()) < 64_000
        return await super().request(method, url, **more)


@settings(max_examples=150, deadline=None)
@given(text=ANYTHING)
def test_what_is_queued_can_be_stored(text: str) -> None:
    for piece in split(text):
        assert len(piece) <= PART_LIMIT
        assert Text.model_validate_json(Text(text=piece).model_dump_json()).text == piece


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANYTHING.filter(str.strip))
async def test_each_channel_sends_it(name: str, text: str) -> None:
    its, http = CASES[name], Wire(answer(200, json.dumps(TAKEN).encode()))
    channel = plugins.channel(name, connection(name, its.settings, its.secrets, http))
    for piece in split(text):
        assert isinstance(await channel.send(its.to, Text(text=piece), turn="turn-1"), Sent)


async def test_a_models_markdown_is_written_in_our_marks(tmp_path: Path) -> None:
    world = await World(tmp_path).begin()
    world.provider.replies = [Reply("## Messe\n**Dimanche** à 10h", known=True)]
    await world.say("Quand est la messe ?")
    assert world.texts() == ["*Messe*\n*Dimanche* à 10h"]


@pytest.mark.parametrize("text", ["half an emoji \ud83d", "\udc4d", "a\0b", "🙏" * 5_000])
async def test_an_odd_answer_goes_all_the_way(tmp_path: Path, text: str) -> None:
    world = await World(tmp_path).begin()
    world.provider.replies = [Reply(text, known=True)]
    await world.say("Quand est la messe ?")
    (sent,) = await world.outbound()
    assert sent.status == "sent"
    assert world.texts()
    assert await world.outcomes() == ["answered"]
