"""The decision about one occurrence that is due: send, wait, or end. No I/O.

The checks run in one order, and the first that objects decides. Lateness counts from the time at which the
message was to go at last: after quiet hours, holidays, a human or the channel's pace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.conversation.conversation import Conversation, State
from shared.models.attributes import Value
from shared.models.definition import Happening, Once
from shared.models.occurrence import Occurrence, OccurrenceState
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.tenants.local_time import allowed
from shared.tenants.roster import member_of
from shared.triggers import calendar
from shared.triggers.rules import Rule
from shared.triggers.wanting import at

#: How long after the person's last word a message of a trigger waits.
QUIET_AFTER = timedelta(minutes=10)
#: When a message that waits for a human is looked at again.
LOOK_AGAIN = timedelta(minutes=15)
#: A message that waits is given up after this time in any case.
_LONGEST_WAIT = timedelta(days=7)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Wait:
    """Look again at that time; `why` is one sentence for the console.

    `counts` if it waits for somebody, which has an end (`waited`).
    """

    until: datetime
    why: str
    counts: bool = False


@dataclass(frozen=True)
class End:
    """Close the occurrence without a message."""

    state: OccurrenceState
    why: str


Verdict = Wait | End


@dataclass(frozen=True)
class Case:
    """One occurrence that is due, with everything that the decision needs. `conversations` are the contact's
    own; `values` are the contact's."""

    tenant: Tenant
    rule: Rule
    occurrence: Occurrence
    contact: Contact
    conversations: Sequence[Conversation]
    zone: ZoneInfo
    values: Mapping[str, Value]
    now: datetime

    @property
    def local(self) -> datetime:
        return datetime.fromisoformat(self.occurrence.local)


def decide(case: Case) -> Verdict | None:
    """Returns why the occurrence is not sent now, None if it may be."""
    return next((verdict for check in _CHECKS if (verdict := check(case)) is not None), None)


def standing(case: Case) -> Verdict | None:
    """Nobody is written to who has opted out or is blocked, or has not agreed to this kind of message."""
    if case.contact.standing != Standing.OPEN:
        return End("cancelled", f"the person is {case.contact.standing.replace('_', ' ')}")
    kind = case.rule.definition.kind
    permission = case.contact.permissions.get(kind)
    wrote = any(each.writer.heard_at for each in case.conversations)
    staff = any(member_of(case.tenant, each.channel, case.contact.identities) for each in case.conversations)
    if permission is None and kind == "service" and wrote and not staff:
        return None  # who writes to an organisation expects its word
    if permission is None or not permission.given:
        return End("skipped", f"the person has not agreed to {kind} messages")
    return None


def state(case: Case) -> Verdict | None:
    """A paused trigger sends nothing: the occurrence is planned again when it is resumed."""
    trigger = case.rule.trigger
    if trigger.state != "active":
        return End("cancelled", f"the trigger is {trigger.state}")
    if not case.rule.active:
        return End("cancelled", "the broadcast was changed after it was confirmed")
    return None


def moment(case: Case) -> Verdict | None:
    """The occurrence's time must still be the one that the trigger wants for this contact.

    A person who has flown west since it was planned gets it when their clock shows that time.
    """
    if case.rule.ahead and not calendar.right(case.rule.definition.when, case.values, case.zone, case.local):
        return End("cancelled", "its date or its trigger has changed")
    if case.rule.ahead and not _at_once(case) and (later := allowed_at(case, case.local)) > case.now:
        return Wait(later, f"its time is later in {case.zone.key}")
    heard = case.occurrence.facts.get("heard_at")
    if heard and any(_heard_since(each, datetime.fromisoformat(heard)) for each in case.conversations):
        return End("cancelled", "the person has written since")
    return None


def condition(case: Case) -> Verdict | None:
    """The trigger must be meant for this person, and for what happened."""
    when = case.rule.definition.when
    about = case.occurrence.facts.get("attribute", "")
    if isinstance(when, Happening) and when.attribute and about != when.attribute:
        return End("skipped", f"not about {when.attribute}")
    if not case.rule.meant_for(case.values):
        return End("skipped", f"not meant for this person: {case.rule.definition.who}")
    return None


def lateness(case: Case) -> Verdict | None:
    """An occurrence that an outage delayed follows the trigger's policy."""
    late, occurrence = case.rule.definition.late, case.occurrence
    intended = occurrence.due_at or case.now
    age = case.now - intended
    if late.policy == "skip_if_older_than" and age > timedelta(hours=late.hours):
        return End("skipped", f"late by {_hours(age)}, more than {late.hours} hours")
    following = calendar.following(case.rule.definition.when, case.values, case.zone, case.local)
    if late.policy == "latest_only" and following is not None:
        later = allowed_at(case, following)
        if later <= case.now:
            return End("skipped", f"a later one is due: {following.isoformat(timespec='minutes')}")
    return None


def waited(case: Case) -> Verdict | None:
    """A message that has waited for a human, a pause in the talk or a cap is given up in the end."""
    late, age = case.rule.definition.late, case.now - case.occurrence.planned_for
    longest = timedelta(hours=late.hours) if late.policy == "skip_if_older_than" else _LONGEST_WAIT
    if case.occurrence.waits and age > min(longest, _LONGEST_WAIT):
        return End("skipped", f"waited for {_hours(age)}: {case.occurrence.why}")
    return None


def hours(case: Case) -> Verdict | None:
    """Quiet hours and holidays move a message forward; they never drop it."""
    definition = case.rule.definition
    moved, why = allowed(
        case.tenant,
        case.zone,
        case.now,
        quiet=definition.quiet == "move",
        holidays=definition.holidays == "move",
    )
    return Wait(moved, why) if moved > case.now else None


def busy(case: Case) -> Verdict | None:
    """Nothing is sent into the conversation of a human, or between a person's words and our answer."""
    if case.rule.definition.busy == "send":
        return None
    for each in case.conversations:
        if each.human_present(case.now) or each.state == State.WAITING or each.staff.handoff:
            return Wait(case.now + LOOK_AGAIN, "a human has the conversation, or is called", counts=True)
        if each.turn.pending:
            return Wait(case.now + timedelta(minutes=1), "the person waits for an answer", counts=True)
        heard = each.writer.heard_at
        if heard is not None and not _begun_by_words(case) and case.now < heard + QUIET_AFTER:
            return Wait(heard + QUIET_AFTER, "the person is writing", counts=True)
    return None


def cap(case: Case) -> Verdict | None:
    """A person gets so many messages of triggers a day and a week, over all triggers."""
    rules, reached = case.tenant.messaging, sorted(case.contact.reached)
    for most, span, name in ((rules.per_day, _DAY, "day"), (rules.per_week, _WEEK, "week")):
        lately = [each for each in reached if each > case.now - span]
        if len(lately) >= most:
            free = lately[-most] + span
            until = max(free, case.now + timedelta(minutes=1))
            return Wait(until, f"the person has had {most} this {name}", counts=True)
    return None


def allowed_at(case: Case, local: datetime) -> datetime:
    """Returns the instant of another local time of the same trigger and contact."""
    return at(case.tenant, case.rule, case.contact, local, case.zone).at


def _at_once(case: Case) -> bool:
    """Whether it is of a broadcast that has no local time: it begins as soon as it is confirmed."""
    when = case.rule.definition.when
    return isinstance(when, Once) and when.once == "confirmed"


def _begun_by_words(case: Case) -> bool:
    """Whether an event of the person began the occurrence: it does not wait for silence after their words."""
    return not case.rule.ahead


def _heard_since(conversation: Conversation, at: datetime) -> bool:
    return conversation.writer.heard_at is not None and conversation.writer.heard_at > at


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.1f} hours"


_CHECKS: tuple[Callable[[Case], Verdict | None], ...] = (
    state,
    standing,
    moment,
    condition,
    lateness,
    waited,
    hours,
    busy,
    cap,
)
