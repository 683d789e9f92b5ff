"""Words of staff that did not arrive, or may not have: their writers are told, once."""

from __future__ import annotations

from shared.handoff.case import Case, Done
from shared.handoff.ending import told_targets
from shared.handoff.ladder import Target, members, targets
from shared.handoff.telling import Telling, Words
from shared.language.texts import text
from shared.models.handoff import Handoff, Step
from shared.tenants import roster

#: Names the news in a request's steps.
_WHY = "undelivered"


def writers(request: Handoff) -> list[str]:
    """Returns the members of staff whose words did not arrive and who have not been told so."""
    untold: dict[str, None] = {}
    for step in request.steps:
        if step.step == "not_delivered" and step.by:
            untold[step.by] = None
        elif step.why == _WHY:
            untold.pop(step.to, None)
    return list(untold)


async def tell(case: Case, telling: Telling, staff: list[str]) -> Done:
    """Tells these members of staff, each by their last way that worked, or else by their first one."""
    tenant, request = case.tenant, case.request
    known = {target.staff: target for target in told_targets(tenant, request)}
    everyone = members(tenant)
    reached = [
        known.get(name) or targets(name, everyone[name])[0]
        for name in staff
        if name in everyone and everyone[name].ways
    ]
    missing = [name for name in staff if name not in {target.staff for target in reached}]
    request.step(
        *(Step(at=case.now, step="not_notified", to=name, why=_WHY, result="no_way") for name in missing)
    )
    number, name = str(request.number), case.person.name or request.name or "?"

    def words(target: Target) -> Words:
        language = roster.reader(tenant, target.staff)
        return Words(text(tenant, language, "staff_not_delivered", number=number, name=name))

    told = await telling.prepare(
        case.tx, tenant, request, reached, words, case.now, why=_WHY, purpose="undelivered"
    )
    request.due_at = case.now
    told.write()
    case.put()
    return Done((), told, again=True)
