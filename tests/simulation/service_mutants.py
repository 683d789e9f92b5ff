"""Deliberate mutations of services: of proofs, locks, rows, sessions and changes (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutating import Edit

_SERVICES = "shared.answers.services"
_LOOKUPS, _ACTING = f"{_SERVICES}.lookups", f"{_SERVICES}.acting"
_CONFIRMING, _PROVING = f"{_SERVICES}.confirming", f"{_SERVICES}.proving"
_CONVERSATION = "shared.conversation"
_LOCKS, _VERIFYING = f"{_CONVERSATION}.locks", f"{_CONVERSATION}.verifying"

SERVICE_MUTANTS: dict[str, list[Edit]] = {
    "rows-not-checked-again": [
        Edit(_LOOKUPS, "own = [row for row in rows if is_asked(row, question.where)]", "own = list(rows)"),
    ],
    "where-without-the-identity": [
        Edit(_LOOKUPS, "Question(action.of, where, fields,", "Question(action.of, {}, fields,"),
    ],
    "ids-of-others-believed": [
        Edit(_LOOKUPS, "values = [value for value in values if value == of]", "values = [of]"),
        Edit(_ACTING, "if of and all(each.id != of", "if False and all(each.id != of"),
    ],
    "identity-outlives-the-session": [
        Edit(
            f"{_CONVERSATION}.groups",
            '"lapsed": self.verified is not None}',
            '"lapsed": False, "verified": self.verified}',
        ),
    ],
    "identity-outlives-a-merge": [
        Edit(
            f"{_CONVERSATION}.absorbing",
            'update={"verified": None, "errand": None, "broken_off": None}',
            "update={}",
        ),
    ],
    "logout-keeps-the-history": [
        Edit(_VERIFYING, "            erase(conversation, scene.now)\n", ""),
        Edit(
            f"{_CONVERSATION}.conversation",
            "self.session = self.session.renewed(id, now)\n        self.history = []",
            "self.session = self.session.renewed(id, now)",
        ),
    ],
    "tries-of-a-person-not-counted": [
        Edit(
            _LOCKS,
            "return [self._counted(self.own, now), self._counted(self.code, now)]",
            "return [self._counted(self.code, now)]",
        ),
    ],
    "tries-at-a-beginning-not-counted": [
        Edit(
            _LOCKS,
            "return [self._counted(self.own, now), self._counted(self.code, now)]",
            "return [self._counted(self.own, now)]",
        ),
    ],
    "one-time-codes-without-a-limit": [
        Edit(f"{_CONVERSATION}.one_times", "        found.tries += 1\n", ""),
    ],
    "own-phone-as-filed": [
        Edit(
            _PROVING,
            "return address is not None and address.chat == asked.conversation.chat",
            "from shared.models.people import Contact\n"
            "        keys = {'tenant': asked.tenant.tenant, 'contact': asked.conversation.contact}\n"
            "        contact = await self._store.get(Contact, **keys)\n"
            "        return bool(phone) and contact is not None and contact.phone == dialled(phone)",
        ),
    ],
    "locked-for-the-family-too": [
        Edit(
            _LOCKS,
            "        if self.one_time or (shut and",
            '        if shut:\n            return Verdict("locked", self.code.until)\n'
            "        if self.one_time or (shut and",
        ),
    ],
    "changed-under-a-new-key": [
        Edit(_CONFIRMING, "errand.at.isoformat()]", "__import__('os').urandom(8).hex()]"),
    ],
    "changed-without-a-question": [
        Edit(
            _ACTING,
            "return await self.confirming.ask(asked, verified, name, of)",
            "errand = Errand(\n"
            '                    step="confirm", profile=verified.profile, action=name, of=of, at=asked.now\n'
            "                )\n"
            "                return await self.confirming.change(asked, verified, errand)",
        ),
    ],
    "records-in-calls-for-staff": [
        Edit(
            f"{_CONVERSATION}.outbox",
            "text=draft.private[:300] or preview(",
            "text=preview(",
        ),
    ],
}
