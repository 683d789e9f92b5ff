"""Canaries: strings of other tenants, other people, secrets and the instruction, which never come out.

They are put into a real store beside the person's own conversation, and looked for in every request to a
model and in every message that is sent.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from shared import llm
from shared.models.people import Contact
from shared.models.tenant import Channel, KnowledgeEntry, Tenant, Wording
from tests.fakes.model import Reply
from tests.world import START, World

OTHERS = {
    "knowledge": "canary-otter-8841",
    "tenant": "canary-heron-8842",
    "attribute": "canary-stork-8843",
    "message": "canary-finch-8844",
    "name": "canary-raven-8845",
    "secret": "canary-eagle-8846",
}
SCOPE = "KINGFISHER-8847"
QUESTION = "Quand est la messe ?"


class Curious:
    """The world's model, which keeps every request as text and, if it `tells`, all that it has read."""

    def __init__(self, world: World, tells: bool) -> None:
        self.world, self.tells, self.requests = world, tells, list[str]()

    async def complete(self, request: llm.Request) -> llm.Completion:
        parts = [asdict(part) for message in request.messages for part in message.parts]
        tools = [[tool.name, tool.description, dict(tool.parameters)] for tool in request.tools]
        self.requests.append(json.dumps([request.instruction, parts, tools], ensure_ascii=False, default=str))
        told = f"La messe : {' '.join([*OTHERS.values(), SCOPE])}. {request.instruction}"
        return Reply(told if self.tells else "answer to: messe").completion()


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("CONCIERGE_SECRET_MODEL_KEY", OTHERS["secret"])
    answers = {"provider": "model", "secrets": {"api_key": "model-key"}}
    world = await World(tmp_path).begin(scope=f"Questions about the parish. {SCOPE}", answers=answers)
    await stocked(world)
    return world


async def stocked(world: World) -> None:
    await world.store.put(Tenant(tenant="other", name=OTHERS["tenant"], languages=["fr"]))
    await world.store.put(Channel(tenant="other", channel="waha", kind="waha"))
    wording = Wording(questions=[QUESTION], answer=OTHERS["knowledge"])
    await world.store.put(KnowledgeEntry(tenant="other", entry="mass", wordings={"fr": wording}))
    other = Contact(
        tenant="parish",
        contact="c-999",
        name=OTHERS["name"],
        attributes={"note": OTHERS["attribute"]},
        created_at=START,
    )
    await world.store.put(other)


async def play(world: World, *, tells: bool) -> tuple[list[str], list[str]]:
    """Returns the requests of a person's two questions, and the answers."""
    world.provider = curious = Curious(world, tells)  # type: ignore[assignment]
    await world.say(f"Bonjour, {OTHERS['message']}", peer="+221770000009")
    before = len(curious.requests)
    await world.say(QUESTION)
    await world.say("Et le dimanche ?")
    answers = [text for to, text in world.channel.sent if to.startswith("221770000001")]
    return curious.requests[before:], answers


async def test_no_request_has_a_canary_of_others(world: World) -> None:
    requests, _ = await play(world, tells=False)
    assert len(requests) >= 2
    assert not [name for name, canary in OTHERS.items() for request in requests if canary in request]


async def test_no_answer_has_a_canary_though_the_model_tells_all(world: World) -> None:
    _, answers = await play(world, tells=True)
    assert len(answers) == 2
    canaries = [*OTHERS.values(), SCOPE]
    assert not [canary for canary in canaries for answer in answers if canary.lower() in answer.lower()]
