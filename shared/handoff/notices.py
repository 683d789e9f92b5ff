"""The content of notices, and their sending by notifiers, each attempt with its record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from shared import notifiers
from shared.conversation import taking
from shared.conversation.briefing import brief
from shared.conversation.taking import Result
from shared.errors import ConfigurationError, Retry
from shared.handoff.case import Case
from shared.handoff.ladder import CONTACTS, Target, members, targets
from shared.handoff.telling import UNDER_WAY, Words, notification_of
from shared.language.texts import text
from shared.models.handoff import PHONE, Handoff, Step
from shared.models.message import Inbound
from shared.models.notification import Notification
from shared.models.parts import Choice, Media, preview
from shared.models.people import document_id
from shared.models.tenant import Tenant
from shared.notifiers import Action, Later, Notice, Told, Unclear
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import AlreadyExists, Store, Transaction, Where
from shared.tenants import roster
from shared.tenants.directory import Directory
from shared.tenants.links import FileGrant, StaffGrant

#: How long a link in a notice works.
LINK_LASTS = timedelta(days=3)
#: How often a notice is tried that was certainly not delivered, and how long (s) to wait if nothing was said.
_TRIES, _PAUSE_S = 3, 20.0
_LIMIT = 100


class Notices:
    def __init__(self, store: Store, clock: Clock, directory: Directory, pause: Pause) -> None:
        self._store, self._clock, self._directory, self._pause = store, clock, directory, pause

    def request_words(self, case: Case) -> Callable[[Target], Words]:
        """Returns what a member of staff is told of a request, on a channel."""

        def words(target: Target) -> Words:
            language = roster.reader(case.tenant, target.staff)
            told = brief(case.tenant, case.request, case.person, language, case.now)
            take = Choice(
                id=f"staff:take:{case.request.handoff}", title=text(case.tenant, language, "staff_take")[:24]
            )
            return Words(told.written(case.tenant, language), [take])

        return words

    def taken_words(self, case: Case) -> Callable[[Target], Words]:
        """Returns what those are told who did not take a request."""
        holder = case.request.holder
        who = "☎" if holder == PHONE else name_of(case.tenant, holder)

        def words(target: Target) -> Words:
            language = roster.reader(case.tenant, target.staff)
            number = str(case.request.number)
            return Words(text(case.tenant, language, "staff_taken_by", number=number, who=who))

        return words

    async def refuse(self, tenant: Tenant, result: Result, staff: str, notifier: str, answer: str) -> None:
        """Tells a member of staff, by the notifier that brought their `answer`, why nothing came of it;
        once."""
        request = result.request
        mine = [
            target for target in targets(staff, members(tenant)[staff]) if target.way.notifier == notifier
        ]
        if request is None or not mine:
            return
        language, number = roster.reader(tenant, staff), str(request.number)
        if result.verdict == "theirs":
            who = name_of(tenant, request.holder)
            words = text(tenant, language, "staff_not_yours", number=number, who=who)
        elif result.verdict == "empty":
            words = text(tenant, language, "staff_one_word")
        else:
            words = text(tenant, language, "staff_over", number=number)
        name = f"answer-{document_id(answer)}"
        notification = notification_of(request, mine[0], name, self._clock.now(), words)
        with suppress(AlreadyExists):  # a repeat: it is sent unless it was
            await self._store.create(notification)
        await self.send(tenant, notification)

    async def retry(self) -> int:
        """Sends notices that were not sent yet, or certainly not delivered; returns their number."""
        due = [Where("due_at", "<=", self._clock.now())]
        found = await self._store.query(Notification, where=due, order="due_at", limit=_LIMIT)
        for notification in found:
            tenant = await self._directory.tenant(notification.tenant)
            if tenant is not None:
                await self.send(tenant, notification)
        return len(found)

    async def send(self, tenant: Tenant, notification: Notification) -> bool:
        """Calls the notifier, unless another worker does, and records the result.

        Returns False if this way has failed for good. While the deployment is paused, the notice stays due.
        """
        if await self._pause.in_force() or not await self._claimed(notification):
            return True
        result = await self._call(tenant, notification)
        logs.logger().info(
            "notified", notifier=notification.notifier, result=type(result).__name__, way=notification.label
        )
        if not isinstance(result, Told):
            logs.logger().error("notifier_failed", notifier=notification.notifier, reason=result.reason)
        return await self._store.transaction(lambda tx: self._record(tx, notification, result))

    async def _claimed(self, notification: Notification) -> bool:
        """Whether this worker may call: also if only the answer of its claim's commit was lost."""
        until = self._clock.now() + UNDER_WAY
        try:
            return await self._store.transaction(lambda tx: self._claim(tx, notification, until))
        except Retry:
            found = await self._store.get(Notification, **_keys(notification))
            if found is None or (found.state, found.due_at) != ("sending", until):
                raise
            return True

    async def _call(self, tenant: Tenant, notification: Notification) -> notifiers.Result:
        try:
            notice = await self._notice(tenant, notification)
            notifier = self._directory.notifier(tenant, notification.notifier)
            return await notifier.notify(notification.to, notice)
        except ConfigurationError as error:
            return notifiers.Refused(str(error)[:200])
        except Retry as error:
            return Later(error.reason, error.after)

    async def _claim(self, tx: Transaction, seen: Notification, until: datetime) -> bool:
        """Marks a notice as being sent until then, if that is due; one that hung is of unknown result."""
        found, now = await tx.get(Notification, **_keys(seen)), self._clock.now()
        if found is None or found.due_at is None or now < found.due_at:
            return False
        if found.state == "sending":
            request = await tx.get(Handoff, tenant=seen.tenant, handoff=seen.handoff)
            found.state, found.due_at, found.reason = "unknown", None, "its sender ended without a result"
            if found.message and request is not None:
                _not_notified(tx, request, found, now)
            tx.put(found)
            return False
        found.state, found.attempts, found.due_at = "sending", found.attempts + 1, until
        tx.put(found)
        return True

    async def _record(self, tx: Transaction, seen: Notification, result: notifiers.Result) -> bool:
        """Records the result; words of a person that may not have arrived count as not arrived."""
        found = await tx.get(Notification, **_keys(seen))
        request = await tx.get(Handoff, tenant=seen.tenant, handoff=seen.handoff)
        if found is None or request is None:
            return True
        now = self._clock.now()
        found.due_at, found.reason = None, "" if isinstance(result, Told) else result.reason
        if isinstance(result, Told):
            found.state, found.reference = "sent", result.reference
        elif isinstance(result, Later) and found.attempts < _TRIES:
            found.state = "later"
            found.due_at = now + timedelta(seconds=min(result.after or _PAUSE_S * found.attempts, 120.0))
        else:
            found.state = "unknown" if isinstance(result, Unclear) else "failed"
            if found.state == "failed" or found.message:
                _not_notified(tx, request, found, now)
        tx.put(found)
        return found.state != "failed"

    async def _notice(self, tenant: Tenant, notification: Notification) -> Notice:
        """Returns the whole content of a notice, as the request is now."""
        keys = {"tenant": tenant.tenant, "handoff": notification.handoff}
        request = await self._store.get(Handoff, **keys)
        if request is None:
            raise ConfigurationError(f"the request {notification.handoff} is gone")
        language, now = roster.reader(tenant, notification.staff), self._clock.now()
        person = await self._store.transaction(lambda tx: taking.person_of(tx, request))
        told = brief(tenant, request, person, language, now)
        message = await self._message(request, notification)
        purpose = "message" if message else "news" if notification.words else "request"
        words = preview(message.parts, 4_000) if message else notification.words
        return Notice(
            id=notification.notice,
            purpose=purpose,  # type: ignore[arg-type]
            tenant_name=tenant.name,
            thread=request.handoff,
            title=told.title,
            text=words or told.written(tenant, language, marked=False),
            language=language,
            urgent=request.urgent,
            facts=told.facts,
            lines=told.lines,
            actions=await self._actions(tenant, request, notification, language, now),
            files=await self._files(tenant, message, now) if message else (),
            answer_token=request.token,
            name=name_of(tenant, notification.staff),
        )

    async def _message(self, request: Handoff, notification: Notification) -> Inbound | None:
        if not notification.message:
            return None
        keys = {"conversation": notification.conversation, "message": notification.message}
        return await self._store.get(Inbound, tenant=request.tenant, **keys)

    async def _actions(
        self, tenant: Tenant, request: Handoff, notification: Notification, language: str, now: datetime
    ) -> Sequence[Action]:
        """Returns the links to take or to close a request; none without a link key."""
        if not tenant.secrets.get("link_key") or not request.open:
            return ()
        until = now.replace(microsecond=0) + LINK_LASTS
        grant = StaffGrant(tenant.tenant, until, request.handoff, notification.staff, notification.label)
        token = grant.token(await self._directory.link_key(tenant.tenant))
        url = f"{self._directory.address('desk/')}#{token}"
        if request.state == "taken":
            return (Action("close", text(tenant, language, "staff_close"), url),)
        return (Action("take", text(tenant, language, "staff_take"), url),)

    async def _files(self, tenant: Tenant, message: Inbound, now: datetime) -> Sequence[notifiers.File]:
        stored = [part for part in message.parts if isinstance(part, Media) and part.stored]
        if not stored or not tenant.secrets.get("link_key"):
            return ()
        key = await self._directory.link_key(tenant.tenant)
        until = now.replace(microsecond=0) + LINK_LASTS
        files = []
        for part in stored:
            token = FileGrant(tenant.tenant, until, part.stored, part.stored_type).token(key)
            url = self._directory.address(f"desk/files/{token}")
            files.append(notifiers.File(url, part.filename or part.kind, part.stored_type))
        return files


def _keys(notification: Notification) -> dict[str, str]:
    return {
        "tenant": notification.tenant,
        "handoff": notification.handoff,
        "notice": notification.notice,
    }


def _not_notified(tx: Transaction, request: Handoff, notification: Notification, now: datetime) -> None:
    """Records in the request that a notice did not arrive, and makes what follows due."""
    about = {"to": notification.staff, "way": notification.label, "result": notification.reason[:100]}
    request.step(Step.model_validate({"at": now, "step": "not_notified", **about}))
    if request.due_at is not None:
        request.due_at = now
    tx.put(request)


def name_of(tenant: Tenant, staff: str) -> str:
    """Returns the name of a member of staff, also of one who has left."""
    if staff == CONTACTS:
        return tenant.name
    return tenant.staff[staff].name if staff in tenant.staff else staff
