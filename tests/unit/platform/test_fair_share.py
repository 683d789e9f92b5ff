"""Slots shared by tenants: no tenant takes all, the one with the fewest is served first, no slot is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest

from shared.platform.fair_share import FairShare
from tests.simulation.loop import VirtualLoop


def taken(share: FairShare, holder: str) -> int:
    """Returns how many slots the holder can take."""
    number = 0
    while share.take(holder):
        number += 1
    return number


def give_back(share: FairShare, holder: str, number: int) -> None:
    for _ in range(number):
        share.give_back(holder)


@pytest.mark.parametrize(("slots", "first", "second", "third"), [(6, 3, 2, 1), (8, 4, 2, 1), (40, 20, 10, 5)])
def test_each_holder_gets_half_of_what_is_left(slots: int, first: int, second: int, third: int) -> None:
    share = FairShare(slots)
    assert [taken(share, holder) for holder in ("a", "b", "c")] == [first, second, third]
    for holder, number in (("a", first), ("b", second), ("c", third)):
        give_back(share, holder, number)
    assert taken(share, "d") == first  # all are free again


async def test_a_block_holds_its_slot_and_frees_it_however_it_ends() -> None:
    share = FairShare(2)
    with suppress(ZeroDivisionError):
        async with share.slot("a", patience=0):
            assert not share.take("a")
            raise ZeroDivisionError
    assert share.take("a")


async def test_without_patience_it_is_now_or_never() -> None:
    share = FairShare(2)
    share.take("a")
    with pytest.raises(TimeoutError):
        async with share.slot("a", patience=0):
            raise AssertionError
    share.give_back("a")
    async with share.slot("a", patience=0):
        pass


def in_virtual_time(test: Callable[[VirtualLoop], object]) -> None:
    loop = VirtualLoop(Random(1))  # noqa: S311
    try:
        loop.run_until_complete(test(loop))  # type: ignore[arg-type]
    finally:
        loop.close()


def test_who_holds_the_fewest_is_served_first_and_each_in_the_order_of_its_coming() -> None:
    """a holds half of the slots and many wait for it; b comes last and is served before them."""
    served: list[str] = []

    async def run(loop: VirtualLoop) -> None:
        share = FairShare(4)

        async def one(name: str, begins: float, lasts: float) -> None:
            await loop.sleep(begins)
            async with share.slot(name[0], patience=60):
                served.append(name)
                await loop.sleep(lasts)

        early = [one(f"a{number}", number / 100, 10) for number in range(4)]
        late = [one("b1", 1, 30), one("b2", 1.01, 1), one("c1", 2, 20), one("b3", 3, 1)]
        await asyncio.gather(*early, *late)

    in_virtual_time(run)
    assert served[:4] == ["a0", "a1", "b1", "c1"]
    assert sorted(served) == sorted(["a0", "a1", "a2", "a3", "b1", "b2", "b3", "c1"])
    for holder in "ab":
        names = [name for name in served if name[0] == holder]
        assert names == sorted(names)


@pytest.mark.parametrize("seed", range(20))
def test_no_slot_is_lost_or_doubled_whatever_is_cancelled(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    share, working = FairShare(6), 0

    async def run(loop: VirtualLoop) -> None:
        async def one(holder: str) -> None:
            nonlocal working
            await loop.sleep(random.uniform(0, 3))
            with suppress(TimeoutError):
                async with share.slot(holder, patience=random.choice([0, 0.5, 5])):
                    working += 1
                    assert working <= 6
                    try:
                        await loop.sleep(random.uniform(0, 1))
                    finally:
                        working -= 1

        tasks = [loop.create_task(one(random.choice("abc"))) for _ in range(100)]
        for task in tasks[::5]:
            loop.after(random.uniform(0, 4), task.cancel)
        await asyncio.wait(tasks)
        assert all(task.cancelled() or task.exception() is None for task in tasks)

    in_virtual_time(run)
    assert taken(share, "z") == 3
