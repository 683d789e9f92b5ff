"""A look at one trigger: a new or edited one is planned for all contacts, in pages; a broadcast is counted.

A trigger is looked at every few minutes, so an edit in the console is noticed without any event. A walk keeps
its place in the trigger's document: it goes on after a crash, needs the memory of one page, and ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.errors import Drop
from shared.models.definition import Once
from shared.models.events import ContactsDue, TriggerDue
from shared.models.stored import StoredTenant
from shared.models.tenant import Tenant
from shared.models.trigger import DROPPED, Trigger, Walk
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Conflict, Store, Transaction
from shared.tenants.directory import Directory
from shared.tenants.listening import listens
from shared.tenants.problems import Invalid
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.planning import Planner
from shared.triggers.progress import progress_of
from shared.triggers.replies import Replies
from shared.triggers.rules import Rule, Rules, compiled
from shared.triggers.walking import Walking

#: When a trigger is looked at again, and one that sends or waits for a confirmation.
_AGAIN, _SOON = timedelta(minutes=10), timedelta(minutes=1)
#: For each contact that was counted, how long the count is good enough to be shown.
_COUNTED = timedelta(milliseconds=600)
#: How long a broadcast's numbers are kept up to date after it was confirmed: receipts come late.
_WATCHED = timedelta(days=3)


class Looking:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        directory: Directory,
        publisher: Publisher,
        rules: Rules,
        planner: Planner,
        pause: Pause,
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._publisher, self._rules, self._planner, self._pause = publisher, rules, planner, pause
        self._walking = Walking(store, clock, planner)
        self._broadcasts = Broadcasts(store, clock, rules)
        self._replies = Replies(store, clock, directory, publisher, self._broadcasts)

    async def plan(self, event: ContactsDue) -> None:
        """Plans the occurrences of contacts that have changed.

        Raises Drop if the tenant is gone or the deployment is paused: they stay due.
        """
        await self._pause.check()
        tenant = await self._tenant(event.tenant)
        rules = await self._rules.of(tenant)
        for contact in event.contacts:
            await self._planner.plan(tenant, rules, contact)

    async def look(self, event: TriggerDue) -> None:
        """Looks at one trigger. Raises Drop if it is gone or the deployment is paused."""
        await self._pause.check()
        tenant = await self._tenant(event.tenant)
        await self._heed(tenant)
        trigger = await self._store.get(Trigger, tenant=event.tenant, trigger=event.trigger)
        if trigger is None:
            raise Drop("trigger_is_gone")
        again = await self._look(tenant, trigger)
        if again:
            await self._publisher.publish("occurrences", event, tenant=event.tenant)

    async def _look(self, tenant: Tenant, trigger: Trigger) -> bool:
        """Does the next part of the work on a trigger. Returns whether there is more to do at once."""
        now = self._clock.now()
        try:
            rule = compiled(tenant, trigger)
        except Invalid as invalid:
            trigger.problem = str(invalid)
            trigger.plan_anew()
            trigger.why = "stopped: its definition is wrong"
            logs.logger().error("trigger_refused", tenant=tenant.tenant, trigger=trigger.trigger)
            await self._put(trigger, now + _AGAIN)
            return False
        trigger.problem = ""
        if trigger.confirm is not None:
            await self._broadcasts.confirm_in_console(tenant, rule)
            await self._put(trigger, now)  # before anything is planned by it
            return True
        if trigger.asked is not None:
            await self._replies.tell(tenant, rule)
            return True
        walks = rule.active or trigger.state == "stopped"
        more = await self._walk(tenant, rule, now) if walks else False
        if trigger.state == "paused":
            trigger.plan_anew()  # when it is resumed
        trigger.why = await self._why(tenant, rule)
        once = isinstance(rule.definition.when, Once)
        if once and _watched(trigger, now):
            trigger.progress = await progress_of(self._store, tenant.tenant, trigger.trigger, now)
        soon = more or trigger.walk is not None or (once and (not rule.active or _watched(trigger, now)))
        await self._put(trigger, now + (_SOON if soon else _AGAIN))
        return more

    async def _walk(self, tenant: Tenant, rule: Rule, now: datetime) -> bool:
        """Walks on over the contacts if the rule is not planned yet. Returns whether there is more to do."""
        trigger = rule.trigger
        wanted = rule.revision if trigger.state == "active" else "stopped"
        if trigger.revision == wanted:
            return False
        if trigger.walk is None or trigger.walk.revision != wanted:
            trigger.plan_anew()
            trigger.walk = Walk(revision=wanted, since=now)
            return True  # known to all before anything is planned by it
        if await self._walking.on(tenant, rule, trigger.walk):
            trigger.revision, trigger.walk = wanted, None
        return trigger.walk is not None

    async def _why(self, tenant: Tenant, rule: Rule) -> str:
        """Returns one sentence for the console about what the trigger does now."""
        trigger = rule.trigger
        if trigger.why == DROPPED:
            return DROPPED
        if trigger.state != "active":
            return (
                trigger.why
                if trigger.state == "stopped" and trigger.why
                else f"{trigger.state}: sends nothing"
            )
        if trigger.walk is not None:
            return (
                f"planning: {trigger.walk.contacts} people looked at, {trigger.walk.planned} planned so far"
            )
        if rule.active:
            return "active"
        count = await self._count(tenant, rule)
        return f"waits for a confirmation: it is meant for {count} people (write confirm: {count})"

    async def _count(self, tenant: Tenant, rule: Rule) -> int:
        """Returns the number of people that a broadcast is meant for, which is not counted anew each time:
        an organisation with many contacts would pay for all of them every minute."""
        now, before = self._clock.now(), rule.trigger.counted
        if (
            before is None
            or before.revision != rule.revision
            or not before.at <= now < before.at + before.looked_at * _COUNTED
        ):
            before = rule.trigger.counted = await self._broadcasts.count(tenant, rule)
        return before.count

    async def _heed(self, tenant: Tenant) -> None:
        """Lets the rest of the core know of the tenant's triggers, if that has changed."""
        rules = [rule for rule in await self._rules.of(tenant) if rule.trigger.state == "active"]
        wanted = listens({rule.name: rule.definition for rule in rules})

        async def work(tx: Transaction) -> None:
            found = await tx.get(StoredTenant, tenant=tenant.tenant)
            if found is not None and found.fields.get("listens") != wanted.model_dump():
                found.fields["listens"] = wanted.model_dump()
                tx.put(found)

        if tenant.listens != wanted:
            await self._store.transaction(work)

    async def _put(self, trigger: Trigger, due_at: datetime) -> None:
        trigger.due_at = due_at
        try:
            await self._store.replace(trigger)
        except Conflict:  # an administrator or another event changed it: it is still due
            logs.logger().info("moved_meanwhile", trigger=trigger.trigger)

    async def _tenant(self, name: str) -> Tenant:
        found = await self._directory.tenant(name)
        if found is None:
            raise Drop("tenant_is_gone")
        return found


def _watched(trigger: Trigger, now: datetime) -> bool:
    return trigger.confirmed is not None and now < trigger.confirmed.at + _WATCHED
