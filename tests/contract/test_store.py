"""Contract of the store on single documents, and the cost of calls, for every adapter."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from shared.platform import effects
from shared.platform.store import AlreadyExists, Conflict, Store, Transaction
from tests.contract.shelf import NOON, Book, Colour, Loan, Magazine, Map, book, keys, minutes


async def fields(store: Store, name: str) -> dict[str, Any] | None:
    found = await store.get(Book, **keys(name))
    return found.model_dump() if found else None


# Documents


async def test_what_is_absent_is_none(store: Store) -> None:
    assert await store.get(Book, **keys("none")) is None


async def test_every_kind_of_field_comes_back(store: Store) -> None:
    dakar = timezone(timedelta(hours=1))
    written = book(
        "full",
        title="Père Noël — “très” \0 🎄👩🏾‍🏫 العربية",
        colour=Colour.BLUE,
        pages=2**53 + 1,
        price=0.1,
        open=True,
        due_at=datetime(2026, 3, 1, 13, 0, 0, 123456, tzinfo=dakar),
        tags=["", "a.b", "`x`"],
        loan=Loan(reader="r", until=NOON),
        history=[Loan(reader="p", until=minutes(1)), Loan(reader="q", until=minutes(2))],
        attributes={"check in": "1", "a.b/c": "2", "é": ""},
        meaning=[0.25, -1.0],
    )
    await store.put(written)
    found = await store.get(Book, **keys("full"))
    assert found is not None
    assert found.model_dump() == written.model_dump()
    assert found.due_at is not None
    assert type(found.due_at) is datetime
    assert found.due_at.utcoffset() == timedelta(0)
    assert found.colour is Colour.BLUE


async def test_ids_may_be_what_gateways_call_people(store: Store) -> None:
    await store.put(book("whatsapp:+221770000001@c.us~=.-_"))
    assert await store.get(Book, **keys("whatsapp:+221770000001@c.us~=.-_"))


async def test_a_big_document_fits(store: Store) -> None:
    written = book("big", title="é" * 150_000)
    await store.put(written)
    assert await fields(store, "big") == written.model_dump()


async def test_put_writes_the_whole_document(store: Store) -> None:
    await store.put(book("b", title="old", attributes={"x": "1"}))
    await store.put(book("b", attributes={"y": "2"}))
    assert await fields(store, "b") == book("b", attributes={"y": "2"}).model_dump()


async def test_a_document_of_another_model_at_the_same_path_is_absent(store: Store) -> None:
    await store.put(Magazine(**keys("m"), issue=7))
    await store.put(Map(**keys("n"), scale="1:25000"))
    assert await store.get(Map, **keys("m")) is None
    assert await store.get(Magazine, **keys("m")) == Magazine(**keys("m"), issue=7)
    found = await store.query(Map, limit=9, tenant="a", shelf="s")
    assert [each.book for each in found] == ["n"]

    async def work(tx: Transaction) -> tuple[Map | None, list[Map]]:
        return await tx.get(Map, **keys("m")), await tx.query(Map, limit=9, tenant="a", shelf="s")

    absent, there = await store.transaction(work)
    assert absent is None
    assert [each.book for each in there] == ["n"]


async def test_delete(store: Store) -> None:
    await store.put(book("b"))
    await store.delete(Book, **keys("b"))
    await store.delete(Book, **keys("b"))
    assert await store.get(Book, **keys("b")) is None


async def test_create_refuses_an_existing_document(store: Store) -> None:
    await store.create(book("b", title="first"))
    with pytest.raises(AlreadyExists):
        await store.create(book("b", title="second"))
    found = await store.get(Book, **keys("b"))
    assert found is not None
    assert found.title == "first"


async def test_answers_are_fresh_copies(store: Store) -> None:
    written = book("b", tags=["kept"])
    await store.put(written)
    written.tags.append("later")
    found = await store.get(Book, **keys("b"))
    assert found is not None
    found.tags.append("mine")
    again = await store.get(Book, **keys("b"))
    assert again is not None
    assert again.tags == ["kept"]


async def test_a_key_cannot_leave_its_place(store: Store) -> None:
    with pytest.raises(ValueError, match="tenant"):
        await store.get(Book, **keys("b", tenant="a/shelves/s"))


# Replace


async def test_replace_what_was_read_or_written_again_and_again(store: Store) -> None:
    await store.create(book("b"))
    found = await store.get(Book, **keys("b"))
    assert found is not None
    for pages in (1, 2, 3):
        found.pages = pages
        await store.replace(found)
    again = await store.get(Book, **keys("b"))
    assert again is not None
    assert again.pages == 3


@pytest.mark.parametrize("first", ["create", "put"])
async def test_replace_what_this_caller_wrote(store: Store, first: str) -> None:
    mine = book("b")
    await getattr(store, first)(mine)
    mine.pages = 1
    await store.replace(mine)
    assert await fields(store, "b") == mine.model_dump()


async def test_replace_what_a_query_found(store: Store) -> None:
    await store.put(book("b"))
    (found,) = await store.query(Book, tenant="a", shelf="s", limit=1)
    found.pages = 1
    await store.replace(found)
    assert await fields(store, "b") == found.model_dump()


async def test_replace_keeps_no_field_of_the_old_document(store: Store) -> None:
    mine = book("b", attributes={"x": "1"}, loan=Loan(reader="r", until=NOON))
    await store.put(mine)
    mine.attributes, mine.loan = {}, None
    await store.replace(mine)
    assert await fields(store, "b") == book("b").model_dump()


async def test_replace_conflicts_with_anothers_write(store: Store) -> None:
    mine = book("b")
    await store.put(mine)
    await store.put(book("b", title="another's"))
    with pytest.raises(Conflict):
        await store.replace(mine)
    found = await store.get(Book, **keys("b"))
    assert found is not None
    assert found.title == "another's"


async def test_replace_conflicts_with_a_deletion(store: Store) -> None:
    mine = book("b")
    await store.put(mine)
    await store.delete(Book, **keys("b"))
    with pytest.raises(Conflict):
        await store.replace(mine)
    await store.create(book("b"))
    with pytest.raises(Conflict):
        await store.replace(mine)


async def test_replace_needs_a_version(store: Store) -> None:
    await store.put(book("b"))
    with pytest.raises(ValueError, match="neither read"):
        await store.replace(book("b"))


# Metering


async def test_reads_and_writes_are_counted(store: Store) -> None:
    first, second = book("1"), book("2")
    account = effects.begin()
    await store.create(first)
    await store.put(second)
    await store.replace(second)
    await store.delete(Book, **keys("1"))
    assert account.writes == [first.location(), second.location(), second.location(), first.location()]
    assert account.reads == 0
    await store.get(Book, **keys("1"))
    assert account.reads == 1
    await store.put(first)
    await store.query(Book, tenant="a", limit=10)
    assert account.reads == 3
    await store.query(Book, tenant="b", limit=10)
    assert account.reads == 4
    await store.count(Book, tenant="a")
    assert account.reads == 5


async def test_what_was_refused_is_not_counted(store: Store) -> None:
    await store.put(book("b"))
    account = effects.begin()
    with pytest.raises(AlreadyExists):
        await store.create(book("b"))
    assert account.writes == []
