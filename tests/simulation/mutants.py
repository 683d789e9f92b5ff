"""Deliberate mutations of the core, each of which the auditor must detect.

A mutant is a change of the source text, made while the module is imported, in a process of its own. If the
core guards something twice, a mutant removes both guards: one alone changes no visible behaviour.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.simulation.handoff_mutants import HANDOFF_MUTANTS
from tests.simulation.model_mutants import MODEL_MUTANTS
from tests.simulation.mutating import Edit, Finder
from tests.simulation.service_mutants import SERVICE_MUTANTS
from tests.simulation.trigger_mutants import TRIGGER_MUTANTS

if TYPE_CHECKING:
    from tests.simulation.world import Plan

#: Every mutant must be caught within so many turns, or occurrences of triggers.
TURNS, OCCURRENCES = 20_000, 30_000
#: People of a world with triggers in which a mutant is looked for.
SMALL = 40
#: The first worlds, and their people: most mutants are caught there.
FIRST, FEW = 3, 12
_WEBHOOK = "shared.inbound.webhook"
_TURN, _INTAKE = "shared.inbound.turn", "shared.inbound.intake"
_GROUPS = "shared.conversation.groups"
_CHANGES, _PEOPLE = "shared.inbound.changes", "shared.conversation.people"
_PERSON = "shared.models.people"
_STEPPING_IN = "shared.conversation.stepping_in"
_OUTBOX, _PRESENCE = "shared.delivery.outbox", "shared.inbound.presence"


MUTANTS: dict[str, list[Edit]] = {
    "no-compare-and-set": [
        Edit(_TURN, "current.turn.epoch != epoch or ", ""),
        Edit(_TURN, "not batches.still_there(batch, waiting) or ", ""),
    ],
    "lease-without-epoch": [
        Edit(_GROUPS, "attempts=attempts)\n        self.epoch += 1\n", "attempts=attempts)\n"),
        Edit(_TURN, "not batches.still_there(batch, waiting) or ", ""),
    ],
    "dedupe-in-memory": [
        Edit(
            _INTAKE,
            "        try:\n            taken = await self._store.transaction(\n"
            "                lambda tx: self._first(",
            "        try:\n            self._seen = getattr(self, '_seen', set())\n"
            "            if event.id in self._seen:\n                raise AlreadyExists\n"
            "            self._seen.add(event.id)\n"
            "            taken = await self._store.transaction(\n                lambda tx: self._first(",
        ),
        Edit(
            _INTAKE,
            "tx.create(message)\n        conversation.turn.enqueue",
            "tx.put(message)\n        conversation.turn.enqueue",
        ),
    ],
    "acknowledged-before-published": [
        Edit(
            _WEBHOOK,
            'await self._publisher.publish("inbound", event, tenant=event.tenant, message=message)',
            "__import__('asyncio').ensure_future("
            'self._publisher.publish("inbound", event, tenant=event.tenant, message=message))',
        )
    ],
    "batch-partly-published": [
        Edit(_WEBHOOK, "if failures:", "if len(failures) == len(ended):"),
    ],
    "batch-first-event-only": [
        Edit(_WEBHOOK, "map(publish, _lines(parsed))", "map(publish, _lines(parsed)[:1])"),
    ],
    "sent-before-intent": [
        Edit(
            _OUTBOX,
            "+= 1\n            intend(head, now)\n",
            "+= 1\n",
        ),
        Edit(
            _OUTBOX,
            "if head.parts[index].status == Status.SENDING:",
            "if head.parts[index].status == Status.QUEUED:",
        ),
    ],
    "blind-resend": [
        Edit(
            _OUTBOX,
            "            gateway_id = await self._find(channel, head, part, attempted)\n",
            "            gateway_id = None\n",
        ),
        Edit(_OUTBOX, "if now < (part.repeatable_at or attempted + UNKNOWN_FOR):", "if now < attempted:"),
    ],
    "dead-sender-forgotten": [
        Edit(
            _OUTBOX,
            "                part.status = Status.UNKNOWN\n",
            "                part.status = Status.QUEUED\n",
        ),
    ],
    "no-claim": [
        Edit(_OUTBOX, "if head.claim and head.claim.until > now:", "if False:"),
        Edit("shared.delivery.record", "if owner(fresh) != sender:", "if False:"),
    ],
    "newest-first": [
        Edit(
            _OUTBOX,
            '            order="seq",\n            limit=1,',
            '            order="-seq",\n            limit=1,',
        ),
    ],
    "receipts-move-backwards": [
        Edit(
            "shared.delivery.receipts",
            " or _FORWARD.index(status) <= _FORWARD.index(part.status)",
            "",
        )
    ],
    "sweep-off": [
        Edit(
            "shared.upkeep.sweep",
            "for conversation in conversations:",
            "for conversation in conversations[:0]:",
        ),
        Edit("shared.upkeep.sweep", "for message in messages:", "for message in messages[:0]:"),
    ],
    "human-unseen-by-the-turn": [
        Edit(_TURN, " or current.human_present(now)", ""),
        Edit(
            "shared.conversation.conversation",
            'source})"\n        self.turn.interrupt()\n        self.turn.pending = []\n',
            'source})"\n',
        ),
        Edit(_STEPPING_IN, "    return leaving.leave(put, left)\n", "    return left\n"),
    ],
    "staff-cancel-nothing": [
        Edit(_STEPPING_IN, "for outbound, answered in silence.answers:", "for outbound, answered in ():"),
    ],
    "new-messages-forgotten": [
        Edit(_TURN, "more and not (final and batches.nothing_before(batch, waiting))", "False"),
        Edit(
            _TURN,
            "current.turn.dequeue(*(message.message for message in batch))",
            "current.turn.pending = []",
        ),
    ],
    "unknown-without-end": [Edit(_OUTBOX, "if now > over:", "if False:")],
    "unknown-in-silence": [
        Edit(
            _OUTBOX,
            "            due = await failing.call_human(tx, current, reason, self._clock.now())\n",
            "            due = ''\n            if status != Status.UNKNOWN:\n"
            "                due = await failing.call_human(tx, current, reason, self._clock.now())\n",
        ),
    ],
    "older-act-of-staff-wins": [
        Edit(_PRESENCE, "if not admits(conversation.staff.staff_at, event):", "if False:"),
    ],
    "cancelled-counts-as-answered": [
        Edit("shared.delivery.failing", "if conversation is None or cancelled.gateway_ids:", "if True:"),
    ],
    "taken-back-though-sent": [
        Edit(
            "shared.conversation.taking_back",
            "answer.open and not answer.cancelled and answer.claim is None and queued",
            "True",
        ),
    ],
    "emergency-lifts-the-limit": [
        Edit("shared.inbound.gates", "if counted and over_rate", "if not emergency and over_rate"),
    ],
    "emergency-told-each-time": [
        Edit(
            "shared.conversation.emergencies",
            "if emergency is None or emergency.told:",
            "if emergency is None:",
        ),
        Edit(
            "shared.conversation.emergencies",
            "says = not waits or emergency is None or not emergency.told",
            "says = True",
        ),
    ],
    "emergency-without-end": [
        Edit(
            _GROUPS,
            "return self.emergency is not None and now < self.emergency.until",
            "return self.emergency is not None",
        ),
    ],
    "identities-apart": [
        Edit(
            _PEOPLE,
            'next((held for each in found if each and (held := each.contact_at(event.at))), "")',
            '""',
        ),
    ],
    "blocked-for-good": [
        Edit(_PEOPLE, "(blocked.latest is None or blocked.latest.precedes(event))", "False"),
    ],
    "older-block-wins": [
        Edit(_PERSON, "if known is not None and not admits(known.latest, event):", "if False:"),
        Edit(_PEOPLE, "(blocked.latest is None or blocked.latest.precedes(event))", "False"),
    ],
    "blocks-unheard": [
        Edit(_PERSON, "    if blocked and blocked.holds:\n", "    if False:\n"),
    ],
    "older-consent-wins": [
        Edit(_PERSON, "if known is not None and not admits(known.latest, event):", "if False:"),
    ],
    "older-edit-wins": [
        Edit(_CHANGES, "(isinstance(event, MessageEdited) and not admits(message.edit, event))", "False"),
    ],
    "older-move-wins": [
        Edit(
            _PERSON,
            "return admits(self.since, move) and (self.met_at is None or move.at >= self.met_at)",
            "return True",
        ),
    ],
    "number-is-of-who-has-it-now": [
        Edit(_PERSON, "return self.former if self.is_past(at) else self.contact", "return self.contact"),
    ],
    "late-as-new": [
        Edit(_INTAKE, "message.late = is_late(tenant, event.at, now)", "message.late = False"),
    ],
    "late-and-fresh-together": [
        Edit(
            "shared.answers.late",
            "return list(takewhile(lambda each: each.late == late and not _stands_alone(each), messages))",
            "return list(messages)",
        ),
    ],
    "forgotten-repeats-are-new": [
        Edit("shared.conversation.messages", "if _digest(name) in conversation.archive.seen:", "if False:"),
    ],
    **HANDOFF_MUTANTS,
    **MODEL_MUTANTS,
    **SERVICE_MUTANTS,
    **TRIGGER_MUTANTS,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants")
    parser.add_argument("names", nargs="*", help="mutants to run; all if none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="in this process, for one name")
    parser.add_argument(
        "--keep", metavar="FOUND", help="shrink a small world that fails with this one, and keep it"
    )
    asked = parser.parse_args()
    if asked.keep:
        return _keep(asked.names[0], asked.seed, asked.keep)
    if asked.alone:
        return _hunt(asked.names[0], asked.seed)
    command = [sys.executable, "-m", "tests.simulation.mutants", "--alone", "--seed", str(asked.seed)]
    results = [subprocess.run([*command, name], check=False).returncode for name in asked.names or MUTANTS]
    _say(f"{results.count(0)} of {len(results)} caught")
    return 1 if any(results) else 0


def _hunt(name: str, seed: int) -> int:
    """Plays worlds with the mutant until the auditor detects it; returns 1 if it does not."""
    sys.meta_path.insert(0, Finder(MUTANTS[name]))
    from tests.simulation.play import play, seeds

    triggers = name in TRIGGER_MUTANTS
    unit, most = ("occurrences", OCCURRENCES) if triggers else ("turns", TURNS)
    done = 0
    for place, world in enumerate(seeds(seed)):
        outcome = play(_plan(name, world, small=place < FIRST))
        done += outcome.occurrences if triggers else outcome.turns
        if outcome.violations:
            first = outcome.violations[0]
            _say(f"caught   {name:<30} world {world:<9} {done:>6} {unit}  {first.kind}: {first.detail}")
            return 0
        if done >= most:
            break
    _say(f"MISSED   {name:<30} {done} {unit}")
    return 1


def _plan(name: str, world: int, *, small: bool) -> Plan:
    """Returns a plan whose world has what the mutant breaks."""
    from tests.simulation.services.world import with_services
    from tests.simulation.triggers.world import plan_of
    from tests.simulation.world import PEOPLE, Plan

    if name in TRIGGER_MUTANTS:
        return plan_of(world, people=FEW, days=1) if small else plan_of(world, people=SMALL)
    people = FEW if small else PEOPLE
    plan = Plan.of(world, people=people)
    return with_services(plan, people) if name in SERVICE_MUTANTS else plan


def _keep(name: str, seed: int, found: str) -> int:
    """Keeps the shortest trace of the failure that returns if the mutant undoes its repair."""
    sys.meta_path.insert(0, Finder(MUTANTS[name]))
    from tests.simulation.kept import keep, shrunk
    from tests.simulation.play import play, seeds
    from tests.simulation.world import Plan

    plans = (Plan.of(world, people=6) for world in seeds(seed))
    failing = next(plan for plan in plans if play(plan).violations)
    _say(keep(name, shrunk(failing, found)))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
