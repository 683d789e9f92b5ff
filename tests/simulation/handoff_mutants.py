"""Deliberate mutations of handoffs (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutating import Edit

_ADDRESSING, _TAKING = "shared.answers.staff.addressing", "shared.conversation.taking"
_RELAYING, _DUE = "shared.conversation.relaying", "shared.handoff.due"
_TURN, _INTAKE = "shared.inbound.turn", "shared.inbound.intake"

HANDOFF_MUTANTS: dict[str, list[Edit]] = {
    "words-for-the-newest-talk": [
        Edit(_ADDRESSING, "if known and len(then) == 1 and then[0].since <=", "if then[0].since <="),
        Edit(
            _ADDRESSING,
            "return Said(then[0].handoff, message.parts)",
            "return Said(then[-1].handoff, message.parts)",
        ),
    ],
    "number-for-an-unseen-question": [
        Edit(
            _ADDRESSING,
            "if quoted is None and not await self._seen(own, message, certainly=relays):",
            "if False:",
        ),
    ],
    "relays-cleared-before-queued": [
        Edit(
            _RELAYING,
            "        if desk is None:\n            return [], [first]\n",
            "        if desk is None:\n            person.staff.relays = []\n            tx.put(person)\n"
            "            return [], [first]\n",
        ),
    ],
    "relays-of-all-marked-as-sent": [
        Edit(
            _RELAYING,
            "[each for each in person.staff.relays if each.message not in done]",
            "[]",
        ),
    ],
    "question-of-a-cancelled-answer-unlisted": [
        Edit(_TAKING, "relay(person, left)", "relay(person, silence.waiting)"),
    ],
    "message-to-a-human-unlisted": [
        Edit("shared.inbound.stopping", "        relay(conversation, [message])\n", ""),
    ],
    "turn-goes-on-after-a-take": [
        Edit(_TURN, " or current.human_present(now)", ""),
        Edit(
            "shared.conversation.conversation",
            'source})"\n        self.turn.interrupt()\n        self.turn.pending = []\n',
            'source})"\n',
        ),
    ],
    "taken-from-its-holder": [
        Edit(_TAKING, 'if request.state == "taken" and request.transfer_to != staff:', "if False:"),
    ],
    "given-back-and-still-open": [
        Edit(
            _TAKING,
            "    request.end(by, now, why=why)\n    place.end(handoff, now)\n",
            "    place.end(handoff, now)\n",
        ),
    ],
    "notice-without-its-step": [
        Edit(
            "shared.handoff.telling",
            '        self._record(self._step, target, "sending")\n',
            "",
        ),
    ],
    "told-on-every-rung": [
        Edit(
            "shared.handoff.ladder",
            'step.step in ("notified", "not_notified") and step.to == name',
            'step.step == "closed" and step.to == name',
        ),
    ],
    "news-at-every-tick": [
        Edit(_DUE, "        request.announced = request.holder\n", ""),
    ],
    "no-apology": [
        Edit("shared.handoff.promises", "            if told:\n", "            if False:\n"),
    ],
    "emergency-ended-with-its-talk": [
        Edit(
            _DUE,
            "        over = self._ending.over(case)\n",
            '        over = "idle" if _called_again(case.request) else self._ending.over(case)\n',
        ),
        Edit("shared.handoff.ending", "if waits or person.staff.emergency_waits(now):", "if False:"),
    ],
    "undelivered-in-silence": [
        Edit(_DUE, "if staff := undelivered.writers(case.request):", "if (staff := []):"),
    ],
    "staff-limited-like-people": [
        Edit("shared.inbound.gates", "    if working:\n", "    if False:\n"),
        Edit(_INTAKE, "if not message.late and not writer.working:", "if not message.late:"),
    ],
    "everybody-is-staff": [
        Edit(
            "shared.tenants.roster",
            "if way.channel == channel and way.to and not names.isdisjoint(identities):",
            "if way.channel == channel and way.to:",
        ),
    ],
}
