"""The audit of messages that triggers began: each at a right time, with the person's consent, and once.

A decision is stored up to RECALL seconds after its reads, and the triggers that a batch of work reads
may be older by LAG: a message is right if it was right by any states of that time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.simulation.evidence import RECALL, Evidence, Violation
from tests.simulation.gateway import Call
from tests.simulation.people import person_of
from tests.simulation.triggers import clocks, rules
from tests.simulation.triggers.history import Begun, at, between
from tests.simulation.triggers.presence import Presences
from tests.simulation.triggers.rules import Claim, Objection
from tests.simulation.triggers.scene import DAY
from tests.simulation.triggers.world import TriggerWorld

LAG = 150.0
#: How long (s) after it was queued a message may still go out in quiet hours: gateways are down for minutes.
DELIVERED = 3_600.0
#: How late (s) a message may be beyond its trigger's policy: the tick is late, so is the bus,
#: and its channel may have a queue of messages that we begin.
LATE = 5_400.0


class Messages:
    def __init__(self, world: TriggerWorld, evidence: Evidence, presences: Presences) -> None:
        self._world, self._evidence, self._presences = world, evidence, presences
        self._history, self._scene = world.history, world.scene
        self._calls: defaultdict[str, list[Call]] = defaultdict(list)
        for call in evidence.calls:
            if call.turn in self._history.begun:
                self._calls[call.turn].append(call)

    def violations(self) -> Iterator[Violation]:
        for begun in self._history.begun.values():
            claim = Claim.of(begun.turn)
            objection = self._objection(begun, claim)
            if objection is not None:
                yield Violation(objection.kind, begun.turn, objection.detail)
            for call in self._calls[begun.turn]:
                yield from self._call(begun, claim, call)
        yield from self._twice()
        yield from self._caps()

    # The decision

    def _objection(self, begun: Begun, claim: Claim) -> Objection | None:
        """Returns the fault of a message by all states of its time, None if it was right by one."""
        triggers = list(between(self._history.triggers[claim.trigger], begun.at - LAG, begun.at))
        versions = self._history.contacts.get(claim.contact)
        if not triggers or not versions:
            return Objection("wrong_time", "an id that names no trigger or no contact")
        contacts = list(between(self._of_living(claim.contact, begun.at), begun.at - RECALL, begun.at))
        found = None
        for trigger, contact in product(triggers, contacts):
            found = self._wrong(begun, claim, trigger, contact)
            if found is None:
                break
        return found or self._busy(begun, claim, triggers)

    def _of_living(self, contact: str, moment: float) -> Any:
        """Returns the versions of a contact, or of the one that it was merged into by then."""
        while True:
            state = at(self._history.contacts[contact], moment - RECALL)
            if not state or not state["merged_into"]:
                return self._history.contacts[contact]
            contact = state["merged_into"]

    def _wrong(self, begun: Begun, claim: Claim, trigger: Any, contact: Any) -> Objection | None:
        definition, zone = trigger["definition"], clocks.zone_of(contact)
        if trigger["state"] != "active":
            return Objection("wrong_time", f"the trigger is {trigger['state']}")
        if contact["standing"] != "open":
            return Objection("to_opted_out", f"the person is {contact['standing']}")
        wrote = self._presences.wrote(contact["contact"], begun.at)
        if not rules.agrees(contact, definition, wrote=wrote):
            return Objection("not_agreed", f"to {definition['kind']}: {contact['permissions']}")
        if not rules.is_meant(contact, definition):
            return Objection("wrong_person", f"not meant for them: {definition['who']}")
        return self._mistimed(begun, claim, trigger, contact, zone) or self._late(
            begun, claim, definition, zone
        )

    def _mistimed(
        self, begun: Begun, claim: Claim, trigger: Any, contact: Any, zone: str
    ) -> Objection | None:
        definition, earliest = trigger["definition"], 0.0
        local = rules.local_of(claim, definition)
        if "once" in definition["when"]:
            if claim.key != "once" or not rules.is_confirmed(trigger, contact):
                return Objection("wrong_person", "a broadcast that was not confirmed for them as it is")
            earliest = clocks.seconds(trigger["confirmed"]["at"])
        if local is not None:
            if not clocks.is_time(definition["when"], rules.values_of(contact), zone, local):
                return Objection("wrong_time", f"{local} in {zone} is not wanted: {definition['when']}")
            earliest = max(earliest, clocks.instant(local, zone))
        if "silence" in definition["when"]:
            earliest = self._presences.heard(claim, begun.at) + clocks.length(definition["when"]["silence"])
        if begun.at < earliest - 1:
            return Objection("wrong_time", f"{earliest - begun.at:.0f} s before {local} in {zone}")
        slip = self._history.slip(begun.at)
        times = (begun.at, begun.at - RECALL, begun.at - slip, begun.at - slip - RECALL)
        held = [rules.is_held_back(self._scene, definition, zone, each) for each in times]
        return Objection("wrong_time", held[0]) if all(held) else None

    def _late(self, begun: Begun, claim: Claim, definition: Any, zone: str) -> Objection | None:
        """Objects to a message that its policy for late ones would have left out."""
        local = rules.local_of(claim, definition)
        late = definition["late"]
        if local is None or not rules.is_ahead(definition):
            return None
        if late["policy"] == "latest_only" and "cron" in definition["when"]:
            return self._overtaken(begun, local, definition, zone)
        if late["policy"] != "skip_if_older_than":
            return None
        limit = late["hours"] * 3600.0 + LATE
        since = max(clocks.instant(local, zone), self._scene.first)
        while since + limit < begun.at:
            moments = [begun.at - limit + 300 * step for step in range(int(limit / 300) + 1)]
            if any(self._excuse(claim, definition, zone, each) for each in moments):
                return None
            if self._follows(begun, claim, begun.at - limit):
                return None
            return Objection("late", f"{(begun.at - since) / 3600:.1f} hours after {local} in {zone}")
        return None

    def _overtaken(self, begun: Begun, local: Any, definition: Any, zone: str) -> Objection | None:
        later = [
            each
            for each in clocks.times_of(
                definition["when"], local.date(), self._scene.day(self._scene.days + 1)
            )
            if each > local and clocks.is_time(definition["when"], {}, zone, each)
        ]
        if not later:
            return None
        due = rules.allowed_from(self._scene, definition, zone, clocks.instant(later[0], zone))
        if due + self._history.slip(begun.at) + RECALL + LAG < begun.at:
            return Objection("late", f"{later[0]} is due already")
        return None

    def _excuse(self, claim: Claim, definition: Any, zone: str, moment: float) -> bool:
        """Whether something may have moved the message at that time."""
        return bool(
            rules.is_held_back(self._scene, definition, zone, moment)
            or rules.was_holiday(self._scene, definition, zone, moment)
            or self._presences.waits(claim.contact, definition, moment)
            or self._changed(claim, moment)
            or self._is_capped(claim.contact, moment)
        )

    def _follows(self, begun: Begun, claim: Claim, since: float) -> bool:
        """Whether it is the next after one that was begun since then, and may have waited for a channel."""
        lately = [each for each in self._history.begun.values() if since <= each.at < begun.at]
        others = [Claim.of(each.turn) for each in lately]
        living = self._presences.living
        return any(
            other.trigger == claim.trigger and living(other.contact) == living(claim.contact)
            for other in others
        )

    def _changed(self, claim: Claim, moment: float) -> bool:
        """Whether the trigger or the contact changed within five minutes: its occurrences may move."""
        both = (self._history.triggers[claim.trigger], self._history.contacts[claim.contact])
        return any(moment - 300 <= each.at <= moment + 300 for versions in both for each in versions[1:])

    def _busy(self, begun: Begun, claim: Claim, triggers: list[Any]) -> Objection | None:
        if any(trigger["definition"].get("busy") == "send" for trigger in triggers):
            return None
        why = self._presences.disturbed(
            claim.contact, triggers[-1]["definition"], begun.at - RECALL, begun.at
        )
        return Objection("into_talk", why) if why else None

    # The call

    def _call(self, begun: Begun, claim: Claim, call: Call) -> Iterator[Violation]:
        contacts = self._of_living(claim.contact, call.at)
        since = _since(contacts, call.at)
        if since is not None and (call.intended > since or call.at > since + RECALL):
            detail = f"call {call.number} at {call.at:.1f}, out since {since:.1f}"
            yield Violation("to_opted_out", begun.turn, detail)
        trigger = at(self._history.triggers[claim.trigger], begun.at)
        assert trigger is not None
        definition = trigger["definition"]
        if definition.get("busy") != "send":
            since = self._presences.human_since(begun.conversation, call.at)
            if since is not None and (call.intended > since or call.at > since + RECALL):
                yield Violation("into_talk", begun.turn, f"call {call.number}, a human since {since:.1f}")
        zones = {clocks.zone_of(each) for each in between(contacts, begun.at - RECALL, call.at)}
        held = [rules.is_held_back(self._scene, definition, zone, call.at) for zone in zones]
        if all(held) and call.at > begun.at + DELIVERED:
            yield Violation("wrong_time", begun.turn, f"call {call.number} in {held[0]}")
        yield from self._words(begun, claim, call)

    def _words(self, begun: Begun, claim: Claim, call: Call) -> Iterator[Violation]:
        triggers = between(self._history.triggers[claim.trigger], begun.at - LAG, begun.at)
        contacts = list(between(self._of_living(claim.contact, begun.at), begun.at - RECALL, begun.at))
        pairs = product([each["definition"] for each in triggers], contacts)
        if not any(rules.is_worded(*pair, call.text) for pair in pairs):
            yield Violation("wrong_words", begun.turn, f"{call.text!r}")
        if not self._is_theirs(begun, call, {each["phone"] for each in contacts}):
            yield Violation("wrong_person", begun.turn, f"sent to {call.chat}")

    def _is_theirs(self, begun: Begun, call: Call, phones: set[str]) -> bool:
        """Whether a chat is one from which the person has written, or of their phone number."""
        if person_of(call.chat) in self._presences.writers(begun.conversation):
            return True
        chat = call.chat.partition("@")[0]
        return any(phone.endswith(chat) for phone in phones if phone)

    # All messages of a person

    def _twice(self) -> Iterator[Violation]:
        """Checks that nobody got an occurrence twice, unless it was not known that two contacts were one."""
        first: dict[tuple[str, str, str], Begun] = {}
        for begun in sorted(self._history.begun.values()):
            if not any(call.executed is not None for call in self._calls[begun.turn]):
                continue
            claim = Claim.of(begun.turn)
            before = first.setdefault(
                (claim.trigger, self._presences.living(claim.contact), claim.key), begun
            )
            if before is not begun and self._were_one(claim, Claim.of(before.turn), begun.at):
                yield Violation("sent_twice", begun.turn, f"after {before.turn}")

    def _were_one(self, one: Claim, other: Claim, moment: float) -> bool:
        living = self._presences.living_at
        return living(one.contact, moment - RECALL) == living(other.contact, moment - RECALL)

    def _caps(self) -> Iterator[Violation]:
        living, limits = self._presences.living_at, ((DAY, "per_day"), (7 * DAY, "per_week"))
        for messages in self._presences.begun_for.values():
            for (span, name), (place, (now, contact)) in product(limits, enumerate(messages)):
                known = [at for at, of in messages[:place] if living(of, now - RECALL) == contact]
                before = [at for at in known if at > now - span + 700]
                if len(before) >= self._scene.messaging[name]:
                    yield Violation("over_cap", contact, f"{len(before) + 1} {name} at {now:.0f}")
                    break

    def _is_capped(self, contact: str, moment: float) -> bool:
        return self._presences.is_capped(contact, self._scene, moment)


def _since(contacts: Any, moment: float) -> float | None:
    """Returns since when the person has not been open to messages, None if they are."""
    since = None
    for version in contacts:
        if version.at > moment:
            break
        if version.fields["standing"] == "open":
            since = None
        elif since is None:
            since = version.at
    return since
