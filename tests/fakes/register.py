"""Stand-ins for the lookups of records and the proofs of identity, for conversations about services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from shared.answers import Answer, Asked
from shared.answers.services import Services
from shared.answers.services.lookups import Found, NotTheirs, Unavailable, Value
from shared.answers.services.parts import Paged
from shared.conversation.acts import Prepared, Scene
from shared.conversation.verifying import Pursue, Verify
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.service import Action
from shared.models.verification import Errand, Linked, Verified

AWA, MOUSSA, ROSE = Linked(id="31", text="Awa"), Linked(id="32", text="Moussa"), Linked(id="33", text="Rose")
#: Codes with what they prove.
PROVEN = {
    "DIOP-4821": ("parent", "Fatou Diop", {"family": [Linked(id="7", text="Diop")], "child": [AWA, MOUSSA]}),
    "SAGNA-7365": ("parent", "", {"family": [Linked(id="8", text="Sagna")], "child": [ROSE]}),
    "KN-20831": ("guest", "Martin", {"stay": [Linked(id="KN-20831", text="KN-20831")]}),
}
#: Notes by the id of their child.
NOTES: dict[str, list[tuple[str, float, str]]] = {
    "31": [("Vie de Jésus", 16.5, "Awa"), ("Prières", 14, "Awa")],
    "32": [("Sacrements", 11, "Moussa")],
    "33": [("Bible", 18, "Rose")],
}


@dataclass
class Register:
    """Lookups in a small register; `calls` are the questions, `changed` the changes by their keys."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    broken: Unavailable | None = None
    as_of: datetime | None = None
    more: bool = False
    notes: Mapping[str, list[tuple[str, float, str]]] = field(default_factory=lambda: NOTES)

    async def rows(self, asked: Asked, name: str, verified: Verified, of: str) -> Found:
        self._check(asked, name, verified, of)
        self.calls.append((name, of))
        if self.broken is not None:
            raise self.broken
        rows: list[Mapping[str, Value]] = []
        if name == "late_checkout":
            rows = [{"id": "KN-20831", "room": "12"}]
        for child in [of] if of else [each.id for each in verified.subject.get("child", [])]:
            for subject, mark, called in self.notes.get(child, []) if name == "consult_notes" else []:
                day = date(2026, 11, 14)
                rows.append({"id": "n", "subject": subject, "mark": mark, "day": day, "child_name": [called]})
            if name == "certificate":
                rows.append({"id": child, "first_name": "Awa"})
        return Found(rows, more=self.more, as_of=self.as_of)

    async def change(
        self, asked: Asked, name: str, verified: Verified, of: str, key: str
    ) -> Mapping[str, Value]:
        self._check(asked, name, verified, of)
        self.attempts += 1
        if self.broken is not None:
            raise self.broken
        self.changed[key] = name
        return {"id": "KN-20831", "room": "12"}

    def _check(self, asked: Asked, name: str, verified: Verified, of: str) -> None:
        each = asked.tenant.actions[name].each
        if of and (each is None or of not in [linked.id for linked in verified.subject.get(each, [])]):
            raise NotTheirs


@dataclass
class Codes:
    """Proofs by the codes of PROVEN."""

    services: Services | None = None

    def ask(self, asked: Asked, profile: str, action: str = "") -> Answer:
        errand = Errand(step="code", profile=profile, action=action, at=asked.now)
        words = [Text(text=f"Code ({profile})?")]
        return Answer(words, Outcome.ANSWERED, "proof:ask", asked.words.language, [Pursue(errand)])

    async def answer(self, asked: Asked) -> Answer | None:
        errand = asked.conversation.session.errand
        if errand is None or errand.step != "code" or asked.words.said not in PROVEN or self.services is None:
            return None
        profile, name, subject = PROVEN[asked.words.said]
        verified = Verified(profile=profile, at=asked.now, name=name, subject=subject)
        answer = await self.services.proven(asked, verified, errand)
        return replace(answer, acts=[Verify(verified), *answer.acts], concealed=True)


@dataclass
class Pages:
    """Private pages; `made` are the actions that made one."""

    made: list[str] = field(default_factory=list)

    async def offer(
        self, asked: Asked, verified: Verified, name: str, action: Action, of: str, found: Found
    ) -> Paged:
        return Paged("https://parish.example/pages/token", "Attestation de suivi", _Made(self.made, name))


@dataclass(frozen=True)
class _Made:
    made: list[str]
    name: str

    async def prepare(self, scene: Scene) -> Prepared:
        return Prepared(lambda: self.made.append(self.name))
