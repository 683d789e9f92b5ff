"""Deliberate mutations of triggers (mutants.py), which the worlds with triggers must detect."""

from __future__ import annotations

from tests.simulation.mutating import Edit

_FIRING, _DECIDING = "shared.triggers.firing", "shared.triggers.deciding"
_PLANNING, _TICK = "shared.triggers.planning", "shared.triggers.tick"
_WANTING, _BEGINNING = "shared.triggers.wanting", "shared.triggers.beginning"
_OCCURRENCES = "shared.conversation.occurrences"
_LOCAL = "shared.tenants.local_time"

TRIGGER_MUTANTS: dict[str, list[Edit]] = {
    "closed-apart-from-its-message": [
        Edit(
            _FIRING,
            "        queue(tx, case, way, worded, slot)\n",
            "        case.occurrence.close('sent', '', case.now)\n"
            "        await self._store.put(case.occurrence)\n"
            "        queue(tx, case, way, worded, slot)\n",
        ),
    ],
    "message-with-a-random-id": [
        Edit(
            _BEGINNING,
            "    draft = outbox.Draft(\n        one.occurrence,",
            "    draft = outbox.Draft(\n        f'{one.occurrence}-{__import__(\"secrets\").token_hex(4)}',",
        ),
        Edit(_BEGINNING, '    one.close("sent", f"sent on {conversation.channel}", case.now)\n', ""),
    ],
    "opt-out-unseen-when-due": [
        Edit(_DECIDING, "    if case.contact.standing != Standing.OPEN:\n", "    if False:\n"),
        Edit(_OCCURRENCES, "    elif contact.standing != Standing.OPEN:\n", "    elif False:\n"),
    ],
    "changed-broadcast-sent-unconfirmed": [
        Edit(
            "shared.triggers.rules",
            "(confirmed is not None and confirmed.revision == self.revision)",
            "confirmed is not None",
        ),
    ],
    "human-unseen-when-due": [
        Edit(_DECIDING, "        if each.human_present(case.now) or", "        if False or"),
    ],
    "due-time-ignored": [
        Edit(_FIRING, " or one.due_at is None or one.due_at > now:", ":"),
        Edit(
            _DECIDING,
            "(later := allowed_at(case, case.local)) > case.now:",
            "(later := allowed_at(case, case.local)) < case.occurrence.created_at:",
        ),
        Edit(
            _TICK,
            "now, after = self._clock.now(), None",
            "now, after = self._clock.now() + __import__('datetime').timedelta(minutes=20), None",
        ),
    ],
    "quiet-hours-ignored": [
        Edit(_DECIDING, "    return Wait(moved, why) if moved > case.now else None\n", "    return None\n"),
        Edit(
            _WANTING,
            '        quiet=definition.quiet == "move",\n',
            "        quiet=False,\n",
        ),
    ],
    "next-occurrence-forgotten": [
        Edit(
            _FIRING,
            "        queue(tx, case, way, worded, slot)\n        _put(tx, following)\n",
            "        queue(tx, case, way, worded, slot)\n",
        ),
    ],
    "offset-after-the-change": [
        Edit(_LOCAL, "local.replace(tzinfo=zone, fold=0)", "local.replace(tzinfo=zone, fold=1)"),
    ],
    "late-ones-sent-all-the-same": [
        Edit(_DECIDING, "age > timedelta(hours=late.hours):", "False:"),
        Edit(_DECIDING, "        if later <= case.now:\n", "        if False:\n"),
    ],
    "moment-unchecked": [Edit(_DECIDING, "    standing,\n    moment,\n", "    standing,\n")],
    "condition-unchecked": [
        Edit(_DECIDING, "    if not case.rule.meant_for(case.values):\n", "    if False:\n"),
        Edit(_WANTING, "if not rule.meant_for(values, later=True):", "if False:"),
    ],
    "cap-ignored": [Edit(_DECIDING, "        if len(lately) >= most:\n", "        if False:\n")],
    "silence-though-they-wrote": [
        Edit(_DECIDING, "    if heard and any(", "    if False and any("),
    ],
    "promotion-for-everybody": [
        Edit(_DECIDING, "    if permission is None or not permission.given:\n", "    if False:\n"),
        Edit(
            _WANTING,
            'return permission.given if permission is not None else definition.kind == "service"',
            "return True",
        ),
    ],
    "words-for-another": [
        Edit(_BEGINNING, "_WEEK = timedelta(days=7)\n", "_WEEK = timedelta(days=7)\n_FIRST = {}\n"),
        Edit(
            _BEGINNING,
            "case.occurrence.occurrence, language, case.values)",
            "case.occurrence.occurrence, language, _FIRST.setdefault(case.rule.name, case.values))",
        ),
    ],
    "everybody-lives-at-home": [
        Edit(_LOCAL, "    if named is not None:\n        return named\n", ""),
    ],
    "changed-people-planned-never": [
        Edit(
            _TICK,
            "for name, kind in _KINDS.items():\n",
            "for name, kind in _KINDS.items():\n"
            "            if name == 'contacts':\n                continue\n",
        ),
    ],
    "edit-taken-back-unnoticed": [
        Edit(
            "shared.triggers.rules",
            'if trigger.revision not in ("", CHANGED, rule.planned_as if rule else CHANGED):',
            "if False:",
        ),
    ],
    "merged-person-gets-both": [
        Edit(
            _FIRING,
            "if verdict is None and rule.ahead and await had_as_another(",
            "if False and await had_as_another(",
        ),
    ],
    "human-lost-in-a-merge": [
        Edit(
            "shared.conversation.absorbing",
            "for each in (whole.staff.human, part.staff.human) if",
            "for each in (whole.staff.human,) if",
        ),
    ],
    "left-out-for-good": [
        Edit(
            _WANTING,
            "        return ended is not None and known.revision != self.rule.revision and ended < self.at\n",
            "        return False\n",
        ),
    ],
    "number-of-the-first-message": [
        Edit("shared.triggers.reaching", "        conversation.chat = address.chat\n", ""),
    ],
    "unknown-sent-again-after-an-opt-out": [
        Edit(
            "shared.delivery.outbox", "        head.cancelled |= bool(unwanted)", "        _ = bool(unwanted)"
        ),
    ],
    "time-had-before-planned-again": [
        Edit(_PLANNING, "        if not await _had(tx, contact, one):\n", "        if True:\n"),
    ],
}
