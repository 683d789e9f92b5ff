"""The rehearsal of infra/runbooks/leave-region.md: people write before, during and after the move."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime, timedelta

from scripts.carry import TOPICS, carry
from tests.rehearsal.people import CHANNEL, DANGER, EACH, STAFF, TENANT
from tests.rehearsal.stage import Result, Stage


async def move(stage: Stage, without: Set[str] = frozenset()) -> Result:
    """Moves from the old deployment to the new one; leaves the steps out that `without` names."""
    old, new, gateway, people = stage.old, stage.new, stage.gateway, stage.people
    await new.pause("moving here")
    await stage.note("the new deployment is made, and paused at once")
    known = await people.write(EACH)
    await people.answered(known)
    await stage.note("people are answered by the old one")
    await people.remind(old.store, known, stage.clock.now() + timedelta(seconds=30))
    await gateway.fail(2 * EACH)
    await people.write(EACH)
    await old.idle()
    if "pause" not in without:
        await old.pause("moving away")
    await gateway.fail(0)
    before = await gateway.calls()
    await stage.note("answers are open when the old one is paused")
    await people.write(EACH)
    await old.idle()
    began, exported = datetime.now(UTC), list(people.posted)
    export = await old.export("move")
    await stage.note("people write; the old one is exported")
    await people.write(EACH)
    await people.write(1, DANGER)
    await old.tick()
    await stage.note("people write after the export, one of a fire")
    await new.load(export)
    await new.register(TENANT, CHANNEL)
    await people.write(EACH)
    await new.idle()
    await stage.note("imported; the gateway posts to the new one; people write")
    if "carry" not in without:
        for topic in TOPICS:
            await carry(old.project, new.bus, topic, began, quiet=1.0)
    await new.idle()
    await people.post_again(exported)
    stage.result.paused = await gateway.calls() - before
    await stage.note("the events since the export are carried; some come twice")
    await new.resume()
    await new.tick()
    told = await gateway.received()
    stage.result.told = [told[member] for member in STAFF]
    await stage.work()
    await people.answered(await people.write(EACH))
    await stage.note("the new one is resumed; people write")
    return await stage.audited()
