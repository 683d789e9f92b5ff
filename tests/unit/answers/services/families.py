"""A parish whose families prove themselves by a code, with a stand-in for its records."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.answers import Answer, Answerer, Asked
from shared.answers.services.lookups import Candidate, Unavailable
from shared.answers.services.proving import Proving
from shared.models.audit import AuditEntry
from shared.models.locks import Lock
from shared.models.message import Outcome
from shared.models.parts import Choices, Part, Text
from shared.models.service import Proof
from shared.models.tenant import Tenant
from shared.models.verification import Errand, Linked, Verified
from shared.tenants.directory import Directory
from shared.wiring import reply
from shared.wiring.ports import Ports
from tests.world import AWA, World

#: The beginning of the answer to a code, right or wrong, that a one-time code has to follow.
SENT = "Si votre code est juste, un code à usage unique a été envoyé"
PROOF: dict[str, Any] = {
    "records": "parish",
    "of": "501",
    "code": "Code parent",
    "form": "{letters}-{4 digits}",
    "keeps": {"family": "id", "child": "Enfants"},
    "name": "Nom",
    "email": "E-mail",
    "phone": "Téléphone",
}
CATECHIST = {**PROOF, "of": "507", "form": "CAT-{4 digits}", "keeps": {"group": "Groupe"}}
#: The code of the family Diop, and the addresses that its record may have.
RIGHT, MAIL, PHONE = "DIOP-4821", "diop@example.org", "+221770000951"
WRONG = ("DIOP-0001", "DIOP-0002", "DIOP-0003")


def tenant(**proof: object) -> dict[str, object]:
    """Returns the settings of a tenant with parents and catechists; `proof` changes the parents' proof."""
    parent = {"names": {"fr": "Parent"}, "proof": {**PROOF, **proof}, "actions": ["consult_notes"]}
    catechist = {"names": {"fr": "Catéchiste"}, "proof": CATECHIST, "actions": ["my_group"]}
    return {
        "profiles": {"parent": parent, "catechist": catechist},
        "services": {
            "parents": {"kind": "gated", "profile": "parent", "names": {"fr": "Espace parents"}},
            "catechists": {"kind": "gated", "profile": "catechist", "names": {"fr": "Catéchistes"}},
        },
        "notifiers": {"mail": {"kind": "email"}},
    }


@dataclass
class Families:
    """A source of families by their codes; it keeps the codes asked for, and fails for the next `down`."""

    of: dict[str, Candidate] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: int = 0

    async def proof(self, tenant: Tenant, proof: Proof, code: str) -> Candidate | None:
        self.asked.append(code)
        if self.down:
            self.down -= 1
            raise Unavailable
        found = None
        for known, candidate in self.of.items():
            if hmac.compare_digest(known.encode(), code.encode()):
                found = candidate
        return found


def family(name: str, number: int, email: str = "", phone: str = "") -> Candidate:
    children = [Linked(id=f"{number}1", text="Awa"), Linked(id=f"{number}2", text="Moussa")]
    return Candidate(name, {"family": [Linked(id=str(number))], "child": children}, email, phone)


async def proven(asked: Asked, verified: Verified, errand: Errand) -> Answer:
    """Answers a proof with the person's name and the action that was wanted."""
    said = f"Bienvenue {verified.name} ({errand.action or 'menu'})"
    parts: list[Part] = [Text(text=said)]
    return Answer(parts, Outcome.ANSWERED, f"proven:{verified.profile}", "fr", private="[données]")


async def wished(asked: Asked) -> bool:
    return asked.words.said.casefold() == "mes notes"


class Wanting:
    """Asks for the code when somebody wants their notes, as a service would."""

    def __init__(self, proving: Proving) -> None:
        self._proving = proving

    async def answer(self, asked: Asked) -> Answer | None:
        if not await wished(asked):
            return None
        return self._proving.ask(asked, "parent", "consult_notes")


def plugged(patch: pytest.MonkeyPatch, families: Families) -> None:
    """Has the answers of `reply` include the proofs, as its wiring does."""
    known = reply._answerers

    def answerers(ports: Ports, directory: Directory, *more: Any) -> list[Answerer]:
        proving = Proving(families, ports.store, directory, proven, wished)
        return [proving, Wanting(proving), *known(ports, directory, *more)]

    patch.setattr(reply, "_answerers", answerers)


async def parish(folder: Path, patch: pytest.MonkeyPatch, families: Families, **proof: object) -> World:
    plugged(patch, families)
    return await World(folder).begin(**tenant(**proof))


def said(parts: Sequence[Part]) -> str:
    """Returns the texts of an answer, also those above choices."""
    return "\n".join(part.text for part in parts if isinstance(part, Text | Choices))


async def answer_to(world: World, words: str, **more: Any) -> str:
    """Returns the words that the person gets for theirs."""
    before = len(world.channel.parts)
    world.clock.pass_(7)
    await world.say(words, **more)
    return said(world.channel.parts[before:])


async def verified(world: World, peer: str) -> Verified | None:
    return (await world.conversation_of(peer)).session.verified


async def locks(world: World) -> list[Lock]:
    return await world.store.query(Lock, limit=100, tenant="parish")


async def audited(world: World) -> list[str]:
    """Returns the results of all attempts, in their order."""
    found = await world.store.query(AuditEntry, limit=200, tenant="parish")
    return [entry.result for entry in sorted(found, key=lambda entry: entry.at)]


def unmarked(told: str) -> str:
    """Returns an answer with "…" for the reference of its conversation (`K7`): each chat has its own."""
    return re.sub(r"\bréférence [A-Z]\d\b", "référence …", told)


async def shut(world: World) -> None:
    """Locks the beginning of the code by wrong tries of three strangers."""
    for number, wrong in enumerate(WRONG):
        await asks(world, wrong, peer=f"+22177000080{number}")


async def asks(world: World, code: str, peer: str = AWA) -> str:
    await answer_to(world, "mes notes", peer=peer)
    return await answer_to(world, code, peer=peer)
