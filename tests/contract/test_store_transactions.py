"""Contract of the store on transactions, for every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.errors import Retry
from shared.platform import effects
from shared.platform.store import AlreadyExists, Conflict, Store, Transaction, Where
from tests.contract.shelf import Book, book, keys, names


async def pages(store: Store, name: str) -> int | None:
    found = await store.get(Book, **keys(name))
    return found.pages if found else None


def increment(name: str) -> Callable[[Transaction], Awaitable[int]]:
    async def work(transaction: Transaction) -> int:
        found = await transaction.get(Book, **keys(name))
        changed = found or book(name)
        await asyncio.sleep(0)
        changed.pages += 1
        transaction.put(changed)
        return changed.pages

    return work


async def test_writes_happen_together_and_the_result_is_returned(store: Store) -> None:
    await store.put(book("gone"))

    async def work(transaction: Transaction) -> str:
        transaction.create(book("made", pages=1))
        transaction.put(book("put", pages=2))
        transaction.delete(book("gone"))
        return "done"

    assert await store.transaction(work) == "done"
    assert [await pages(store, name) for name in ("made", "put", "gone")] == [1, 2, None]


async def test_nothing_is_written_where_the_work_raises(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.get(Book, **keys("b"))
        transaction.put(book("b"))
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await store.transaction(work)
    assert await pages(store, "b") is None


async def test_nothing_is_written_where_one_write_is_refused(store: Store) -> None:
    await store.put(book("taken", pages=7))

    async def work(transaction: Transaction) -> None:
        transaction.put(book("b"))
        transaction.create(book("taken"))

    with pytest.raises(AlreadyExists):
        await store.transaction(work)
    assert await pages(store, "b") is None
    assert await pages(store, "taken") == 7


async def test_creating_what_was_read_is_refused_at_once(store: Store) -> None:
    await store.put(book("taken"))
    attempts = 0

    async def work(transaction: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        assert await transaction.get(Book, **keys("taken"))
        assert await transaction.get(Book, **keys("absent")) is None
        transaction.create(book("absent"))
        transaction.create(book("taken"))

    with pytest.raises(AlreadyExists):
        await store.transaction(work)
    assert attempts == 1


async def test_creating_twice_is_refused(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        transaction.create(book("b"))
        transaction.create(book("b"))

    with pytest.raises(AlreadyExists):
        await store.transaction(work)
    assert await pages(store, "b") is None


async def test_the_last_write_of_a_document_counts(store: Store) -> None:
    await store.put(book("b"))

    async def work(transaction: Transaction) -> None:
        transaction.delete(book("b"))
        transaction.create(book("b", pages=1))
        transaction.put(book("b", pages=2))
        transaction.create(book("c", pages=3))
        transaction.put(book("c", pages=4))

    await store.transaction(work)
    assert [await pages(store, name) for name in ("b", "c")] == [2, 4]


async def test_reads_come_before_writes(store: Store) -> None:
    async def get(transaction: Transaction) -> None:
        transaction.put(book("b"))
        await transaction.get(Book, **keys("b"))

    async def query(transaction: Transaction) -> None:
        transaction.put(book("b"))
        await transaction.query(Book, tenant="a", limit=1)

    for work in (get, query):
        with pytest.raises(RuntimeError, match="reads first"):
            await store.transaction(work)


async def test_what_is_written_is_what_it_was_when_it_was_written(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        mine = book("b", pages=1)
        transaction.put(mine)
        mine.pages = 2

    await store.transaction(work)
    assert await pages(store, "b") == 1


@pytest.mark.parametrize("exists", [True, False])
async def test_concurrent_increments_all_count(store: Store, exists: bool) -> None:
    if exists:
        await store.put(book("n"))
    results = await asyncio.gather(*(store.transaction(increment("n")) for _ in range(5)))
    assert sorted(results) == [1, 2, 3, 4, 5]
    assert await pages(store, "n") == 5


async def test_one_of_two_creates(store: Store) -> None:
    """The second transaction reads again, and sees the first one's document."""

    async def work(transaction: Transaction) -> bool:
        if await transaction.get(Book, **keys("b")):
            return False
        await asyncio.sleep(0.01)
        transaction.create(book("b"))
        return True

    assert sorted(await asyncio.gather(store.transaction(work), store.transaction(work))) == [False, True]


async def test_one_of_two_blind_creates(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        transaction.create(book("b"))

    done = await asyncio.gather(store.transaction(work), store.transaction(work), return_exceptions=True)
    assert {type(each) for each in done} == {type(None), AlreadyExists}


async def disturbed(
    store: Store, work: Callable[[Transaction], Awaitable[None]], change: Callable[[], Awaitable[None]]
) -> int:
    """Returns the attempts of `work` if `change` happens between the first attempt's reads and its commit."""
    attempts = 0

    async def wrapped(transaction: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await work(transaction)
        if attempts == 1:
            await change()

    await store.transaction(wrapped)
    return attempts


async def test_a_document_that_was_only_read_must_still_hold(store: Store) -> None:
    await store.put(book("rule", pages=1))

    async def work(transaction: Transaction) -> None:
        rule = await transaction.get(Book, **keys("rule"))
        assert rule is not None
        transaction.put(book("copy", pages=rule.pages))

    assert await disturbed(store, work, lambda: store.put(book("rule", pages=2))) == 2
    assert await pages(store, "copy") == 2


async def test_absence_that_was_only_read_must_still_hold(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        found = await transaction.get(Book, **keys("guard"))
        transaction.put(book("copy", pages=1 if found else 0))

    assert await disturbed(store, work, lambda: store.put(book("guard"))) == 2
    assert await pages(store, "copy") == 1


async def test_a_query_must_still_hold(store: Store) -> None:
    await store.put(book("1", open=True))

    async def work(transaction: Transaction) -> None:
        found = await transaction.query(
            Book, tenant="a", shelf="s", where=[Where("open", "==", True)], order="-book", limit=10
        )
        transaction.put(book("sum", pages=len(found), title=" ".join(names(found))))

    assert await disturbed(store, work, lambda: store.put(book("2", open=True))) == 2
    found = await store.get(Book, **keys("sum"))
    assert found is not None
    assert found.title == "2 1"


async def test_a_deletion_must_find_what_was_read(store: Store) -> None:
    await store.put(book("b", pages=1))

    async def work(transaction: Transaction) -> None:
        found = await transaction.get(Book, **keys("b"))
        if found and found.pages == 1:
            transaction.delete(found)

    assert await disturbed(store, work, lambda: store.put(book("b", pages=2))) == 2
    assert await pages(store, "b") == 2


async def test_deleting_what_is_absent(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        assert await transaction.get(Book, **keys("b")) is None
        transaction.delete(book("b"))

    await store.transaction(work)
    assert await pages(store, "b") is None


async def test_replace_after_a_transaction_needs_no_read(store: Store) -> None:
    async def work(transaction: Transaction) -> list[Book]:
        made, put = book("made"), book("put")
        transaction.create(made)
        transaction.delete(book("other"))
        transaction.put(put)
        return [made, put]

    mine = await store.transaction(work)
    account = effects.begin()
    for each in mine:
        each.pages = 3
        await store.replace(each)
    assert account.reads == 0
    await store.transaction(increment("made"))
    with pytest.raises(Conflict):
        await store.replace(mine[0])


async def test_contention_without_end_is_a_retry(store: Store) -> None:
    attempts = 0

    async def work(transaction: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await transaction.get(Book, **keys("b"))
        await store.put(book("b", pages=attempts))
        transaction.put(book("b", pages=-1))

    with pytest.raises(Retry):
        await store.transaction(work)
    assert attempts == 10
    assert await pages(store, "b") == 10


async def test_reads_of_each_attempt_and_writes_of_the_last_are_counted(store: Store) -> None:
    async def work(transaction: Transaction) -> None:
        found = await transaction.get(Book, **keys("b"))
        transaction.put(book("b", pages=found.pages + 1 if found else 0))

    account = effects.begin()
    await disturbed(store, work, lambda: store.put(book("b")))
    # The disturbance is a write too; Firestore detects the conflict by a read.
    assert account.writes == [book("b").location()] * 2
    assert 2 <= account.reads <= 3
