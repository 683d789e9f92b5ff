"""Names from outside: invalid ones (no slug, refused by Firestore) cost no read and raise no error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shared.errors import Drop, Rejected
from shared.models.document import Document
from shared.models.events import OutboundReady, Receipt, Wake
from shared.models.people import document_id
from shared.platform import effects
from shared.tenants.cache import LIMIT
from tests.world import World

#: https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
REFUSED = [
    "",
    ".",
    "..",
    "__x__",
    "____",
    "__a\nb__",
    "a/b",
    "/",
    "x" * 1501,
    "é" * 751,
    "\ud800",
    "a\x00",
    "a\x1b[31m",
    "a\n",
    "\x85",
]
ACCEPTED = ["x", "...", "__x", "x__", "_", "c-1", "whatsapp:+221770000001", "é" * 750, "x" * 1500, "a b"]
NO_SLUGS = [*REFUSED, "Hotel", "hôtel", "-hotel", "hotel\n", "x" * 64, "hotel.waha", " hotel", "٣"]


class Thing(Document):
    path = "tenants/{tenant}/things/{thing}"
    tenant: str
    thing: str


@pytest.mark.parametrize("name", REFUSED)
def test_what_firestore_refuses_is_no_documents_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"Thing\.thing"):
        Thing.locate(tenant="t", thing=name)


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_firestore_takes_is_one(name: str) -> None:
    assert Thing.locate(tenant="t", thing=name) == f"tenants/t/things/{name}"


@pytest.mark.parametrize("name", REFUSED)
def test_a_vendors_id_of_any_shape_has_a_document(name: str) -> None:
    assert Thing.locate(tenant="t", thing=document_id(name))


@pytest.mark.parametrize("name", NO_SLUGS)
async def test_a_name_that_is_no_slug_is_nobodys_and_reads_nothing(world: World, name: str) -> None:
    directory = world.parts.directory
    account = effects.begin()
    assert await directory.tenant(name) is None
    assert await directory.channel(name, "waha") is None
    assert await directory.channel("parish", name) is None
    assert await directory.settings("parish", name) is None
    assert account.reads == 0


async def test_names_that_are_no_slugs_push_no_tenant_out_of_memory(world: World) -> None:
    directory = world.parts.directory
    await directory.channel("parish", "waha")
    for number in range(LIMIT + 1):
        await directory.channel("parish", f"{number}.{'x' * 100}")
    account = effects.begin()
    assert await directory.channel("parish", "waha") is not None
    assert account.reads == 0


@pytest.mark.parametrize("name", NO_SLUGS)
async def test_an_operators_act_on_such_a_name_is_404(world: World, name: str) -> None:
    administration = world.parts.administration
    acts: list[Callable[[str, str], Awaitable[Any]]] = [
        administration.status,
        administration.invite,
        administration.restart,
        administration.register,
    ]
    account = effects.begin()
    for act in acts:
        for place in ((name, "waha"), ("parish", name)):
            with pytest.raises(Rejected) as refused:
                await act(*place)
            assert refused.value.status == 404
    assert account.reads == 0


@pytest.mark.parametrize("name", REFUSED)
def test_an_event_that_names_no_document_is_refused_by_its_field(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Wake(tenant="hotel", conversation=name)
    assert refused.value.errors()[0]["loc"] == ("conversation",)
    for field in ("tenant", "conversation", "message"):
        named = {"tenant": "hotel", "conversation": "c-1", "message": "m-1", field: name}
        with pytest.raises(ValidationError):
            OutboundReady.model_validate(named)


@pytest.mark.parametrize("name", REFUSED)
async def test_no_dead_letter_has_such_a_name(world: World, name: str) -> None:
    assert await world.parts.replay.find("parish", name) is None
    assert await world.parts.replay.find(name, "letter") is None


@pytest.mark.parametrize("field", ["id", "turn"])
async def test_a_receipt_for_an_id_that_no_index_holds_is_of_an_unknown_message(
    world: World, field: str
) -> None:
    facts: dict[str, Any] = {"tenant": "parish", "channel": "waha", "status": "read", "id": "x"}
    told = facts | {field: "\U0001f600" * 450, "received_at": world.clock.now() - timedelta(minutes=2)}
    account = effects.begin()
    with pytest.raises(Drop):
        await world.parts.receipts.receive(Receipt.model_validate(told))
    assert account.reads == (0 if field == "id" else 1)
