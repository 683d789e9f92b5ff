"""The page on which an administrator sets their PIN: for the holder of a link, once."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import Rejected
from shared.handoff.pin_setting import NewPin, PinSetting
from shared.models.tenant import Tenant
from shared.tenants.links import PinGrant, StaffGrant
from shared.wiring import desk
from tests.unit.answers.administration.office import BOSS, PIN, audit, office, orders, own
from tests.world import FakePlugins, World

KEY = "value of parish-link-key"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await office(tmp_path)


@pytest.fixture
def setting(world: World) -> PinSetting:
    return desk.wire(world.ports, world.directory(FakePlugins(world))).pins


async def link(world: World) -> str:
    """Returns the token of the link that `#pin` brings."""
    found = re.search(r"https://concierge\.example/desk/pin\.html#(\S+)", await orders(world, "#pin"))
    assert found
    return found[1]


def token(world: World, staff: str = "chief", tenant: str = "parish", key: str = KEY) -> str:
    until = world.clock.now().replace(microsecond=0) + timedelta(minutes=10)
    return PinGrant(tenant=tenant, until=until, staff=staff).token(key)


async def test_a_pin_is_set_by_the_link_and_used(world: World, setting: PinSetting) -> None:
    mine = await own(world)
    mine.pin = None
    await world.store.put(mine)
    shown = await setting.show(given := await link(world))
    assert (shown.tenant, shown.language, shown.has_pin) == ("Parish", "fr", False)
    assert (await setting.set(given, NewPin("2580", ""))).done
    await orders(world, "#pause")
    assert "en pause" in await orders(world, "2580")
    assert "2580" not in (await own(world)).model_dump_json()


async def test_a_link_works_once_and_for_a_quarter_of_an_hour(world: World, setting: PinSetting) -> None:
    first, second = await link(world), await link(world)
    await setting.set(first, NewPin("2580", PIN))
    for used in (first, second):
        with pytest.raises(Rejected, match="not valid"):
            await setting.set(used, NewPin("1357", "2580"))
    third = await link(world)
    world.clock.pass_(15 * 60)
    with pytest.raises(Rejected, match="expired"):
        await setting.show(third)


async def test_the_present_pin_is_asked_for_and_locks(world: World, setting: PinSetting) -> None:
    given = await link(world)
    for old in ("", "1234", "0000"):
        world.clock.pass_(1)
        with pytest.raises(Rejected) as refused:
            await setting.set(given, NewPin("2580", old))
        assert refused.value.status == 403
    world.clock.pass_(1)
    with pytest.raises(Rejected) as refused:
        await setting.set(given, NewPin("2580", PIN))
    assert refused.value.status == 429
    results = [(entry.what, entry.result) for entry in await audit(world)][-4:]
    assert results == [("pin", "refused: 403")] * 3 + [("pin", "refused: 429")]


async def test_another_link_gives_no_right(world: World, setting: PinSetting) -> None:
    until = world.clock.now().replace(microsecond=0) + timedelta(minutes=10)
    other = StaffGrant(tenant="parish", until=until, handoff="h", staff="chief", way="waha").token(KEY)
    wrong = [other, token(world, "one"), token(world, "two"), token(world, "nobody"), token(world, key="x")]
    for each in [*wrong, token(world, tenant="hotel"), "", "a.b", token(world)[:-2]]:
        with pytest.raises(Rejected) as refused:
            await setting.set(each, NewPin("2580", PIN))
        assert refused.value.status == 401


async def test_who_is_no_administrator_any_more_sets_no_pin(world: World, setting: PinSetting) -> None:
    given = await link(world)
    tenant = await world.store.get(Tenant, tenant="parish")
    assert tenant
    tenant.staff["chief"].roles = ["agent"]
    await world.store.put(tenant)
    world.clock.pass_(61)
    with pytest.raises(Rejected):
        await desk.wire(world.ports, world.directory(FakePlugins(world))).pins.set(given, NewPin("2580", PIN))


@pytest.mark.parametrize(
    "said",
    [
        *(
            {"pin": pin, "old": ""}
            for pin in ("", "123", "123456789", "abcd", "1111", "1234", "4321", "😀", None)
        ),
        *({"pin": pin} for pin in (4711, ["4711"], {"a": 1})),
        [],
        "4711",
    ],
)
async def test_a_pin_that_does_not_fit_is_refused(said: object) -> None:
    with pytest.raises(Rejected) as refused:
        NewPin.read(json.dumps(said).encode())
    assert refused.value.status == 400
    assert "4711" not in refused.value.detail


async def test_without_a_key_for_links_that_is_said(tmp_path: Path) -> None:
    world = await office(tmp_path, secrets={})
    assert "pas de clé" in await orders(world, "#pin")


async def test_the_link_is_not_in_the_history(world: World) -> None:
    given = await link(world)
    conversation = await world.conversation_of(BOSS)
    assert given not in "".join(line.text for line in conversation.history)
