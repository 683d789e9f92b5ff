"""Contract of the store on queries, for every adapter."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from shared.platform.store import Store, Where
from tests.contract.shelf import NOON, Book, Colour, Loan, book, minutes, names


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Where("pages", "==", 2), ["two"]),
        (Where("pages", "<", 2), ["one"]),
        (Where("pages", "<=", 2), ["one", "two"]),
        (Where("pages", ">", 2), ["three"]),
        (Where("pages", ">=", 2), ["three", "two"]),
        (Where("pages", "in", [1, 3, 7]), ["one", "three"]),
        (Where("title", "==", "' OR 1=1 --"), ["two"]),
        (Where("title", "in", ["' OR 1=1 --", "x"]), ["two"]),
        (Where("colour", "==", Colour.BLUE), ["three"]),
        (Where("open", "==", True), ["two"]),
        (Where("open", "==", False), ["one", "three"]),
        (Where("price", ">", 0.5), ["three", "two"]),
        (Where("tags", "array_contains", "x"), ["one", "two"]),
        (Where("tags", "array_contains", "xy"), ["three"]),
        (Where("due_at", "<=", minutes(1)), ["one"]),
        (Where("due_at", "<=", minutes(2)), ["one", "two"]),
        (Where("due_at", ">", minutes(1)), ["two"]),
        (Where("due_at", "==", minutes(2).astimezone(timezone(timedelta(hours=-5)))), ["two"]),
        (Where("due_at", "==", None), ["three"]),
        (Where("loan.reader", "==", "r"), ["two"]),
        (Where("loan.until", "<", minutes(9)), ["two"]),
    ],
)
async def test_conditions(store: Store, condition: Where, expected: list[str]) -> None:
    loan = Loan(reader="r", until=minutes(5))
    await store.put(book("one", pages=1, tags=["x"], due_at=minutes(0.5)))
    await store.put(
        book(
            "two",
            pages=2,
            tags=["y", "x"],
            due_at=minutes(2),
            open=True,
            price=1,
            title="' OR 1=1 --",
            loan=loan,
        )
    )
    await store.put(book("three", pages=3, tags=["xy"], colour=Colour.BLUE, price=0.75))
    found = await store.query(Book, tenant="a", shelf="s", where=[condition], limit=10)
    assert sorted(names(found)) == expected
    assert await store.count(Book, tenant="a", shelf="s", where=[condition]) == len(expected)


async def test_times_compare_as_times(store: Store) -> None:
    times = [
        NOON,
        NOON + timedelta(microseconds=1),
        NOON + timedelta(milliseconds=1),
        NOON + timedelta(seconds=1),
    ]
    for position, due_at in enumerate(times):
        await store.put(book(str(position), due_at=due_at))
    for position, due_at in enumerate(times):
        found = await store.query(
            Book, tenant="a", shelf="s", where=[Where("due_at", "<=", due_at)], limit=10
        )
        assert names(found) == [str(each) for each in range(position + 1)]


async def test_conditions_add_up(store: Store) -> None:
    for number in range(6):
        await store.put(book(str(number), pages=number, open=number % 2 == 0))
    where = [Where("open", "==", True), Where("pages", ">=", 2)]
    found = await store.query(Book, tenant="a", shelf="s", where=where, order="-pages", limit=10)
    assert names(found) == ["4", "2"]


@pytest.mark.parametrize(
    ("order", "expected"), [("pages", ["c", "a", "b"]), ("-pages", ["b", "a", "c"]), ("", ["a", "b", "c"])]
)
async def test_order_and_limit(store: Store, order: str, expected: list[str]) -> None:
    for name, pages in (("a", 2), ("b", 10), ("c", 1)):
        await store.put(book(name, pages=pages))
    assert names(await store.query(Book, tenant="a", shelf="s", order=order, limit=10)) == expected
    assert names(await store.query(Book, tenant="a", shelf="s", order=order, limit=2)) == expected[:2]


async def test_what_is_compared_by_size_comes_in_its_order(store: Store) -> None:
    for name, minute in (("a", 3), ("b", 1), ("c", 2), ("d", 9)):
        await store.put(book(name, due_at=minutes(minute)))
    found = await store.query(Book, tenant="a", where=[Where("due_at", "<=", minutes(5))], limit=2)
    assert names(found) == ["b", "c"]


async def test_collection_group_and_tenant(store: Store) -> None:
    for tenant, shelf in (("a", "s"), ("a", "t"), ("b", "s")):
        await store.put(book(f"{tenant}-{shelf}", tenant=tenant, shelf=shelf, open=True))
    where = [Where("open", "==", True)]
    one = await store.query(Book, tenant="a", shelf="s", where=where, limit=10)
    tenant_only = await store.query(Book, tenant="a", where=where, limit=10)
    everything = await store.query(Book, where=where, limit=10)
    by_id = await store.query(Book, tenant="a", book="a-t", limit=10)
    assert sorted(names(one)) == ["a-s"]
    assert sorted(names(tenant_only)) == ["a-s", "a-t"]
    assert sorted(names(everything)) == ["a-s", "a-t", "b-s"]
    assert names(by_id) == ["a-t"]
    assert await store.count(Book, tenant="b") == 1
    assert await store.count(Book) == 3


async def test_a_misspelt_key_asks_nobody(store: Store) -> None:
    await store.put(book("b"))
    with pytest.raises(ValueError, match="tennant"):
        await store.query(Book, tennant="b", limit=10)


async def test_nearest(store: Store) -> None:
    await store.put(book("east", meaning=[1, 0, 0]))
    await store.put(book("north", meaning=[0, 2, 0]))
    await store.put(book("north-east", meaning=[3, 3, 0]))
    await store.put(book("nowhere"))
    await store.put(book("other", tenant="b", meaning=[1, 0, 0]))
    found = await store.nearest(Book, tenant="a", shelf="s", field="meaning", vector=[1, 0.1, 0], limit=2)
    assert names([each for each, _ in found]) == ["east", "north-east"]
    assert [distance for _, distance in found] == pytest.approx([0.00496, 0.22603], abs=1e-4)
    assert found[0][0].meaning == [1, 0, 0]
