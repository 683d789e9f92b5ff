"""Silences: a person has written nothing for as long as a trigger waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.conversation.conversation import Conversation
from shared.conversation.occurrences import occurrence_id
from shared.errors import Drop
from shared.models.events import ConversationsSilent
from shared.models.occurrence import Occurrence
from shared.models.tenant import Tenant
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import Store, Transaction
from shared.tenants.directory import Directory
from shared.tenants.listening import silence
from shared.triggers.rules import Rule, Rules


class Silences:
    def __init__(self, store: Store, clock: Clock, directory: Directory, rules: Rules, pause: Pause) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._rules, self._pause = rules, pause

    async def handle(self, event: ConversationsSilent) -> None:
        """Begins the occurrences of silences that are reached, due at once. Raises Drop if the tenant is gone
        or the deployment is paused."""
        await self._pause.check()
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        rules = [rule for rule in await self._rules.of(tenant) if rule.active and silence(rule.definition)]
        for conversation in event.conversations:
            await self._store.transaction(lambda tx, name=conversation: self._look(tx, tenant, rules, name))  # type: ignore[misc]

    async def _look(self, tx: Transaction, tenant: Tenant, rules: Sequence[Rule], name: str) -> None:
        found = await tx.get(Conversation, tenant=tenant.tenant, conversation=name)
        now = self._clock.now()
        if found is None or found.writer.silent_at is None or found.writer.silent_at > now:
            return
        heard = found.writer.heard_at or now
        times = {rule.name: heard + (silence(rule.definition) or now - heard) for rule in rules}
        begun = [
            _occurrence(tenant, found, rule.name, heard, now)
            for rule in rules
            if times[rule.name] <= now and rule.may_plan(times[rule.name])
        ]
        known = [await tx.get(Occurrence, tenant=tenant.tenant, occurrence=each.occurrence) for each in begun]
        for each, before in zip(begun, known, strict=True):
            if before is None and not found.merged_into:
                tx.create(each)
        found.writer.silent_at = min((at for at in times.values() if at > now), default=None)
        tx.put(found)


def _occurrence(
    tenant: Tenant, conversation: Conversation, trigger: str, heard: datetime, now: datetime
) -> Occurrence:
    local = now.astimezone(ZoneInfo(tenant.timezone)).replace(tzinfo=None)
    return Occurrence(
        tenant=tenant.tenant,
        occurrence=occurrence_id(trigger, conversation.contact, key(conversation, heard)),
        trigger=trigger,
        contact=conversation.contact,
        local=local.isoformat(timespec="minutes"),
        zone=tenant.timezone,
        planned_for=now,
        due_at=now,
        facts={"event": "silence", "channel": conversation.channel, "heard_at": heard.isoformat()},
        created_at=now,
    )


def key(conversation: Conversation, heard: datetime) -> str:
    """Returns the part of an occurrence's id that names the silence since the person's last message."""
    return f"{conversation.channel}.{heard:%Y%m%dT%H%M%S}"
