"""A world with services: its source of records, its mail, and what people read there before they type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from shared import llm
from shared.conversation.conversation import Conversation
from shared.models import one_time
from shared.models.audit import AuditEntry
from shared.models.page import Page
from shared.models.people import Contact, Identity
from tests.simulation.documents import Row, Write
from tests.simulation.people import Act, person_of
from tests.simulation.services import school
from tests.simulation.services.mailbox import code_in, reference_in
from tests.simulation.services.script import Script
from tests.simulation.world import MINUTES, PEOPLE, Plan, World

#: One world of so many has services if nothing else is asked for.
_WORLDS = 3
#: One family for so many people of a world.
_SHARE = 8
_FEWEST = 8


def plan_of(seed: int, people: int = PEOPLE) -> Plan:
    """Returns the plan of a world with services."""
    return with_services(Plan.of(seed, people), people)


def usual(seed: int, people: int = PEOPLE) -> Plan:
    """Returns the plan of a world that has services or not, as its seed says."""
    return plan_of(seed, people) if seed % _WORLDS == 0 else Plan.of(seed, people)


def with_services(plan: Plan, people: int) -> Plan:
    """Returns the plan with the acts of families and of those who guess their codes."""
    families = min(school.FAMILIES, max(_FEWEST, people // _SHARE))
    acts = [*plan.acts, *Script(Random(f"services {plan.seed}"), families, MINUTES).acts()]  # noqa: S311
    acts.sort(key=lambda act: (act.at, act.id))
    return plan.model_copy(update={"acts": acts, "services": True})


class ServiceWorld(World):
    ORIGIN = "https://concierge.example"

    def tenant(self) -> dict[str, Any]:
        offered = school.offers()
        offered["notifiers"] |= super().tenant()["notifiers"]
        return super().tenant() | offered

    def due(self) -> list[str]:
        return [*super().due(), *self.documents.due("one_times")]

    def overhear(self, request: llm.Request) -> None:
        texts = [part.text for each in request.messages for part in each.parts if isinstance(part, llm.Text)]
        results = [
            part.text for each in request.messages for part in each.parts if isinstance(part, llm.ToolResult)
        ]
        told = "\n".join([request.instruction, *texts, *results])
        for what, families in (("rows", school.marked(told)), ("codes", school.with_code(told))):
            if families:
                self.journal.note("overheard", what_of=what, families=" ".join(map(str, sorted(families))))

    def run(self) -> World:
        with _seeded_codes(self.random):
            return super().run()

    def _do(self, act: Act) -> None:
        if act.do == "filed":
            self._file(act)
        elif act.how == "one_time":
            typed = act.model_copy(update={"text": self._read_code(act) or "Merci"})
            self.inboxes.done[act.id] = typed
            super()._do(typed)
        else:
            super()._do(act)

    def _read_code(self, act: Act) -> str:
        """Returns the newest one-time code with the reference of the parent's chat, in their mail or on their
        phone; "" if there is none."""
        family = school.KNOWN[act.person - school.PARENTS]
        calls = [call for gateway in self.gateways.values() for call in gateway.calls_of(act.person)]
        heard = [(call.executed, call.text) for call in calls if call.executed is not None]
        newest = [text for _, text in sorted([*heard, *self.mailbox.codes_for(family.email)], reverse=True)]
        marked = [(reference_in(text), code_in(text)) for text in newest if reference_in(text)]
        mine = next((mark for mark, code in marked if not code), "")
        return next((code for mark, code in marked if code and mark == mine), "")

    def _file(self, act: Act) -> None:
        """Writes another's number into a contact, as the organisation's own system may."""
        self.journal.note("act", do=act.do, id=act.id, person=act.person)
        rows = [row for row in self.documents.rows.values() if row.model is Identity]
        names = {row.fields["contact"] for row in rows if person_of(row.fields["identity"]) == act.person}
        for row in list(self.documents.rows.values()):
            if row.model is Contact and row.fields["contact"] in names:
                contact = Contact.model_validate(row.fields).model_copy(update={"phone": act.target})
                self.documents.commit([Write.of("put", contact)], [])

    def _written(self, row: Row) -> None:
        super()._written(row)
        doc = row.fields
        if row.model is Conversation:
            session = doc["session"]
            proven = session["verified"]["subject"]["family"][0]["id"] if session["verified"] else ""
            self.journal.note("session", on=doc["conversation"], session=session["id"], proven=proven)
        elif row.model is AuditEntry:
            facts = {name: doc[name] for name in ("who", "about", "result", "entry")}
            facts["kind"] = doc["what"].partition(":")[0]
            self.journal.note("judged", **facts, seconds=self.clock.seconds(doc["at"]))
        elif row.model is Page:
            rows = school.marked("\n".join([doc["content"]["title"], *doc["content"]["text"]]))
            told = " ".join(map(str, sorted(rows)))
            self.journal.note("page_made", id=doc["page"], on=doc["conversation"], rows=told)


@contextmanager
def _seeded_codes(random: Random) -> Iterator[None]:
    """Draws one-time codes and their salts from the seed."""

    class Seeded:
        randbelow = staticmethod(random.randrange)

        @staticmethod
        def token_hex(size: int) -> str:
            return f"{random.getrandbits(8 * size):0{2 * size}x}"

    with patch.object(one_time, "secrets", Seeded):
        yield
