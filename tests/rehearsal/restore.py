"""The rehearsal of infra/runbooks/restore.md.

The database comes from a moment at which answers were open, and messages of triggers were planned.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import timedelta

from tests.rehearsal.people import EACH
from tests.rehearsal.stage import Result, Stage

#: When messages of triggers come due after the backup: one before the pause, and one after the resume.
SOON, LATER = timedelta(minutes=2), timedelta(minutes=14)


async def restore(stage: Stage, without: Set[str] = frozenset()) -> Result:
    """Restores the old deployment; leaves the steps out that `without` names."""
    old, gateway, people = stage.old, stage.gateway, stage.people
    known = await people.write(EACH)
    await people.answered(known)
    for wait in (SOON, LATER):
        await people.remind(old.store, known, stage.clock.now() + wait)
    await gateway.fail(4 * EACH)
    open_then = await people.write(EACH)
    await old.idle()
    backup = await old.export("backup")
    since = stage.clock.now()
    await stage.note("the backup is made while answers are open")
    await gateway.fail(0)
    await stage.work()
    await people.answered(open_then)
    await people.answered(await people.write(EACH))
    await stage.note("they are sent; people write after the backup")
    await old.pause("restore")
    before = await gateway.calls()
    await old.load(backup)
    await people.write(EACH)
    await old.tick()
    await stage.note("paused and restored; people write")
    if "settle" not in without:
        held = [each async for each in old.settling.settle(since)]
        await stage.note(f"settled: {len(held)} held")
    stage.result.paused = await gateway.calls() - before
    await old.resume()
    await stage.work()
    await people.answered(await people.write(EACH))
    await stage.note("resumed; people write")
    return await stage.audited()
