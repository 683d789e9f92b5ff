"""The audit of messages that triggers did not begin: each has a cause that the world confirms.

A message is forgotten if it was wanted from LEAD seconds of running ticks before its time on, through CALM
seconds in a row in which nothing held it back, before its policy would have left it out, and nothing was
sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from tests.simulation.evidence import RECALL, Evidence, Violation
from tests.simulation.triggers import clocks, rules
from tests.simulation.triggers.history import Version, at, between
from tests.simulation.triggers.presence import Presences
from tests.simulation.triggers.rules import Claim
from tests.simulation.triggers.scene import DAY
from tests.simulation.triggers.world import TriggerWorld

LEAD, CALM = 1_800.0, 2_700.0
#: How long (s) after a flight a local time may come again, or have passed.
_FLIES = 26 * 3600.0
#: Steps (s) in which time is looked through, beside the times of changes.
_STEP = 600.0


class Wish(NamedTuple):
    """A message that a trigger may have to begin: for a local time, or `since` something has happened (s);
    `heard` is when the core got the words that were the last ones, for a silence."""

    claim: Claim
    local: datetime | None
    since: float
    heard: float = 0.0


class Forgotten:
    def __init__(self, world: TriggerWorld, evidence: Evidence, presences: Presences) -> None:
        self._world, self._evidence, self._presences = world, evidence, presences
        self._history, self._scene = world.history, world.scene
        self._had: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for turn in self._history.begun:
            claim = Claim.of(turn)
            self._had[claim.trigger, presences.living(claim.contact)].add(claim.key)
        #: Number of messages that triggers wanted for people whom they may have had to reach.
        self.wishes = 0

    def violations(self) -> Iterator[Violation]:
        for wish in self._wishes():
            self.wishes += 1
            claim = wish.claim
            if claim.key in self._had[claim.trigger, claim.contact]:
                continue
            stretch = self._calm(wish)
            if stretch is not None:
                detail = f"{wish.local or round(wish.since)}: nothing held it back from {stretch:.0f} on"
                yield Violation("forgotten", ".".join(claim), detail)
        yield from self._cancelled()

    # What triggers want

    def _wishes(self) -> Iterator[Wish]:
        for contact, versions in self._history.contacts.items():
            if versions[-1].fields["merged_into"] or self._presences.is_staff(contact):
                continue
            for trigger, states in self._history.triggers.items():
                definitions = {str(each.fields["definition"]): each.fields["definition"] for each in states}
                seen: set[tuple[str, datetime | None]] = set()
                for definition in definitions.values():
                    for wish in self._of(trigger, states, contact, definition):
                        if (wish.claim.key, wish.local) not in seen:
                            seen.add((wish.claim.key, wish.local))
                            yield wish

    def _of(self, trigger: str, states: list[Version], contact: str, definition: Any) -> Iterator[Wish]:
        when = definition["when"]
        if "silence" in when:
            yield from self._silences(trigger, contact, clocks.length(when["silence"]))
        elif when.get("once") == "confirmed":
            for state in states:
                if state.fields["confirmed"]:
                    yield Wish(Claim(trigger, contact, "once"), None, state.at)
        else:
            first, last = self._scene.day(-1), self._scene.day(self._scene.days + 1)
            for local in clocks.times_of(when, first, last):
                if self._is_ever(contact, when, local):
                    yield Wish(Claim(trigger, contact, _key(when, local)), local, 0.0)

    def _is_ever(self, contact: str, when: Any, local: datetime) -> bool:
        return any(
            clocks.is_time(when, rules.values_of(each.fields), clocks.zone_of(each.fields), local)
            for each in self._history.contacts[contact]
        )

    def _silences(self, trigger: str, contact: str, span: float) -> Iterator[Wish]:
        for versions in self._presences.places(contact):
            heard = None
            for at_, state in versions:
                if state["heard_at"] == heard or state["contact"] != contact:
                    continue
                heard = state["heard_at"]
                claim = Claim(trigger, contact, f"{state['channel']}.{heard:%Y%m%dT%H%M%S}")
                yield Wish(claim, None, max(clocks.seconds(heard) + span, at_ + 60), at_)

    # Whether it could be begun

    def _calm(self, wish: Wish) -> float | None:
        """Returns when the calm begins in which the message should have been sent, None if there is none."""
        claim = wish.claim
        contact = at(self._history.contacts[claim.contact], self._due(wish))
        if contact is None:
            return None
        zone = clocks.zone_of(contact)
        due = self._due(wish, zone)
        since = min(self._lead(due), wish.heard - 180 if wish.heard else due)
        trigger = at(self._history.triggers[claim.trigger], due)
        if trigger is None or since < self._scene.first + LEAD:
            return None
        if not self._stays(claim.contact, zone, due):
            return None
        until = min(self._limit(wish, trigger["definition"], zone, due), self._world.loop.now - 60)
        calm = None
        for moment in self._moments(wish, since, until):
            if not self._wants(wish, zone, moment):
                return None
            if moment < due or self._held_back(wish, zone, moment):
                calm = None
            elif calm is None:
                calm = moment
            elif moment >= calm + CALM:
                return calm
        return None

    def _due(self, wish: Wish, zone: str = "") -> float:
        if wish.local is None:
            return wish.since + (LEAD if wish.claim.key == "once" else 0.0)
        return clocks.instant(wish.local, zone or "UTC")

    def _stays(self, contact: str, zone: str, due: float) -> bool:
        """Whether the person was in one zone in the day before: who flies may have had, or missed, a time."""
        before = between(self._history.contacts[contact], due - _FLIES, due)
        return all(clocks.zone_of(state) == zone for state in before)

    def _lead(self, due: float) -> float:
        """Returns the time so long before that ticks ran for LEAD seconds in a row at least."""
        since = due - LEAD
        for begin, end in sorted(self._history.away, reverse=True):
            if begin < due and end > since:
                since = min(since, begin - LEAD)
        return since

    def _limit(self, wish: Wish, definition: Any, zone: str, due: float) -> float:
        """Returns the time after which the message may be left out as late."""
        late = definition["late"]
        start = due if wish.local is None else rules.allowed_from(self._scene, definition, zone, due)
        if late["policy"] == "skip_if_older_than":
            return start + float(late["hours"]) * 3600
        if late["policy"] == "latest_only" and "cron" in definition["when"] and wish.local is not None:
            times = clocks.times_of(definition["when"], wish.local.date(), self._scene.day(30))
            later = next(
                each
                for each in times
                if each > wish.local and clocks.is_time(definition["when"], {}, zone, each)
            )
            return float(rules.allowed_from(self._scene, definition, zone, clocks.instant(later, zone)))
        return float(start + 6 * DAY)

    def _moments(self, wish: Wish, since: float, until: float) -> list[float]:
        histories = [
            self._history.triggers[wish.claim.trigger],
            self._history.contacts[wish.claim.contact],
            *self._presences.places(wish.claim.contact),
        ]
        found = {each.at for versions in histories for each in versions if since <= each.at <= until}
        found |= {each for ends in self._history.away for each in ends if since <= each <= until}
        grid = since - since % _STEP + _STEP
        while grid < until:
            found.add(grid)
            grid += _STEP
        return sorted({since, *found})

    def _wants(self, wish: Wish, zone: str, moment: float) -> bool:
        """Whether the trigger wants the message for the contact at a moment."""
        trigger = at(self._history.triggers[wish.claim.trigger], moment)
        contact = at(self._history.contacts[wish.claim.contact], moment)
        if trigger is None or contact is None or trigger["state"] != "active":
            return False
        definition = trigger["definition"]
        if contact["standing"] != "open" or clocks.zone_of(contact) != zone:
            return False
        wrote = self._presences.wrote(wish.claim.contact, moment)
        values = rules.values_of(contact)
        return (
            rules.agrees(contact, definition, wrote=wrote)
            and rules.is_meant(contact, definition)
            and all(values.get(name) for name in rules.needed(definition))
            and bool(contact["phone"] or wrote)
            and self._is_time(wish, trigger, contact, zone, moment)
        )

    def _is_time(self, wish: Wish, trigger: Any, contact: Any, zone: str, moment: float) -> bool:
        when = trigger["definition"]["when"]
        if "once" in when:
            if not rules.is_confirmed(trigger, contact):
                return False
            if when["once"] == "confirmed":
                since = clocks.seconds(trigger["confirmed"]["at"])
                return wish.local is None and abs(since - wish.since) < 700
        if wish.local is None:
            return "silence" in when and self._is_silent(wish, moment)
        if not clocks.is_time(when, rules.values_of(contact), zone, wish.local):
            return False
        return wish.claim.key == _key(when, wish.local)

    def _is_silent(self, wish: Wish, moment: float) -> bool:
        """Whether the words that the wish is about are the person's last ones on their channel."""
        if moment < wish.heard:
            return True
        last = self._presences.heard(wish.claim, moment)
        return f"{clocks.moment(last):%Y%m%dT%H%M%S}" == wish.claim.key.partition(".")[2]

    def _held_back(self, wish: Wish, zone: str, moment: float) -> bool:
        """Whether something holds the message back at a moment."""
        trigger = at(self._history.triggers[wish.claim.trigger], moment)
        assert trigger is not None
        return bool(
            self._history.is_away(moment)
            or rules.is_held_back(self._scene, trigger["definition"], zone, moment)
            or rules.was_holiday(self._scene, trigger["definition"], zone, moment)
            or self._presences.waits(wish.claim.contact, trigger["definition"], moment)
            or self._presences.is_capped(wish.claim.contact, self._scene, moment)
        )

    # Messages that were begun and stopped

    def _cancelled(self) -> Iterator[Violation]:
        """Checks that each message that was cancelled had to be: a human came, or the person opted out."""
        for turn, begun in self._history.begun.items():
            message = self._evidence.outbound[turn]
            if message.status != "cancelled":
                continue
            contact = self._history.contacts[self._presences.living(Claim.of(turn).contact)]
            out = any(each.fields["standing"] != "open" and each.at > begun.at - RECALL for each in contact)
            out |= (at(contact, begun.at) or {"standing": ""})["standing"] != "open"
            places = self._history.conversations[begun.conversation]
            human = any(each.fields["human"] for each in places if each.at > begun.at - RECALL)
            if not out and not human:
                yield Violation("forgotten", turn, f"cancelled: {message.error}")


def _key(when: Any, local: datetime) -> str:
    if "once" in when:
        return "once"
    return local.isoformat(timespec="minutes") if "cron" in when else local.date().isoformat()
