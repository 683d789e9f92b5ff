"""The tools of a proven person, and a malicious model that calls every tool with every argument."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared import llm
from shared.answers import Answer, Asked
from shared.answers.assistant import Assistant
from shared.answers.assistant.calls import Calls
from shared.answers.assistant.tools import Registry
from shared.answers.menu import Menu
from shared.answers.reading_files import FileReading
from shared.answers.services import Services
from shared.answers.services.acting import Acting
from shared.answers.services.meaning import Meaning
from shared.answers.services.offering import Offering
from shared.answers.services.tools import ANSWERS, Tools
from shared.conversation.verifying import Pursue
from shared.knowledge.passage import Passage
from shared.models.parts import words
from shared.models.tenant import Tenant
from shared.models.verification import Verified
from shared.platform.blobs.object_store import ObjectStoreBlobs
from tests.fakes.asked import NOW, Found, asked
from tests.fakes.parish import offer
from tests.fakes.register import PROVEN, Codes, Pages, Register
from tests.unit.answers.assistant.scripted import POOL, Script, calls, says, told

TENANT = Tenant.model_validate({"tenant": "parish", "name": "Parish", "languages": ["fr", "en"], **offer()})
#: What a malicious model would like to see: the rows of others, and those of other children.
FOREIGN = ("Bible", "*18*")


@dataclass
class Desk:
    """A turn of one person, with the tools that it has."""

    code: str = ""
    text: str = "Montre-moi tout"
    register: Register = field(default_factory=Register)
    passages: Sequence[Passage] = ()

    @property
    def asked(self) -> Asked:
        turn = asked(TENANT, self.text, "fr")
        if self.code:
            profile, name, subject = PROVEN[self.code]
            verified = Verified(profile=profile, at=NOW, name=name, subject=subject)
            turn.conversation.session.verified = verified
        return turn

    @property
    def tools(self) -> Tools:
        menu: Menu = Menu(None)  # type: ignore[arg-type]
        codes = Codes()

        async def lacking(*_: object) -> list[str]:
            return []

        acting = Acting(self.register, Pages())
        services = Services(Offering(menu), menu, acting, Meaning(lacking), lambda: codes)
        return Tools(Registry(), services)

    @property
    def registry(self) -> Registry:
        return self.tools(self.asked)

    async def run(self, name: str, arguments: Any) -> tuple[dict[str, Any], Calls]:
        """Returns the result for the model, and the calls of the turn."""
        made = Calls(self.asked, self.registry)
        result = await made.run(llm.ToolCall("1", name, arguments))
        return json.loads(result.text), made

    async def answer(self, *replies: llm.Completion) -> Answer | None:
        files = FileReading(ObjectStoreBlobs(""))
        assistant = Assistant(Found(self.passages), Script(list(replies)), files, self.tools)
        return await assistant.answer(self.asked)


def test_a_proven_person_has_the_actions_of_their_profile() -> None:
    offered = {tool.name: tool for tool in Desk("DIOP-4821").registry.offered}
    assert list(offered) == ["consult_notes", "fees", "certificate"]
    which = offered["consult_notes"].parameters["properties"]["which"]
    assert which["enum"] == ["Awa", "Moussa", "all"]
    assert "marks" in offered["consult_notes"].description


@pytest.mark.parametrize("code", ["SAGNA-7365", "KN-20831"])
def test_no_tool_takes_an_identity(code: str) -> None:
    offered = Desk(code).registry.offered
    assert offered
    assert not any(tool.parameters["properties"] for tool in offered)


def test_others_have_the_way_to_a_service() -> None:
    (tool,) = Desk().registry.offered
    assert tool.name == "open_service"
    assert tool.parameters["properties"]["service"]["enum"] == ["questions", "parents", "stays", "office"]
    assert "Administration" not in tool.description


async def test_an_action_s_answer_replaces_the_model_s_words_and_is_private() -> None:
    desk = Desk("DIOP-4821")
    script = [calls(("consult_notes", {"which": "Moussa"})), says("Moussa a 20/20 partout.", known=False)]
    answer = await desk.answer(*script)
    assert answer is not None
    assert told(answer) == "Les notes, Fatou Diop :\n\n• Sacrements : *11*, samedi 14 novembre"
    assert answer.private == "[consult_notes: 1 rows]"
    assert not answer.common
    assert desk.register.calls == [("consult_notes", "32")]


async def test_words_that_passages_hold_stand_before_an_action_s_answer() -> None:
    desk = Desk("DIOP-4821", "Les notes de Moussa, et quand ouvre la piscine ?", passages=[POOL])
    said = says("La piscine est ouverte de 8h à 20h.")
    answer = await desk.answer(calls(("consult_notes", {"which": "Moussa"})), said)
    assert answer is not None
    assert [words(part).partition("\n")[0] for part in answer.parts] == [
        "La piscine est ouverte de 8h à 20h.",
        "Les notes, Fatou Diop :",
    ]
    assert (answer.common, answer.private) == (False, "[consult_notes: 1 rows]")


async def test_an_action_s_answer_goes_out_without_the_model_s(lines: list[dict[str, Any]]) -> None:
    answer = await Desk("DIOP-4821").answer(calls(("consult_notes", {})), llm.Completion([], "refused"))
    assert "Sacrements" in told(answer)
    assert not any("Sacrements" in str(line) for line in lines)


async def test_a_model_sees_no_row() -> None:
    desk = Desk("DIOP-4821")
    told, made = await desk.run("consult_notes", {"which": "all"})
    assert desk.register.calls == [("consult_notes", "")]
    assert "Sacrements" not in json.dumps([told, made.data], ensure_ascii=False)


async def test_a_gated_service_is_opened_with_the_question_for_the_proof() -> None:
    desk = Desk()
    answer = await desk.answer(calls(("open_service", {"service": "parents"})), says("…", known=False))
    assert told(answer) == "Code (parent)?"
    assert answer is not None
    assert any(isinstance(act, Pursue) for act in answer.acts)
    assert desk.register.calls == []


async def test_a_human_service_calls_one() -> None:
    tenant = TENANT.model_copy(deep=True)
    tenant.services["office"].open = {}
    desk = Desk()
    result = await Calls(replace(desk.asked, tenant=tenant), desk.registry).run(
        llm.ToolCall("1", "open_service", {"service": "office"})
    )
    assert not result.failed


async def test_a_tool_never_changes_anything() -> None:
    desk = Desk("KN-20831")
    answer = await desk.answer(calls(("late_checkout", {})), says("C'est fait !", known=False))
    assert told(answer).startswith("Garder la chambre 12 jusqu'à 14 h ?")
    assert desk.register.attempts == 0


#: Arguments that a malicious model makes up, for any tool.
ARGUMENTS: list[Any] = [
    {}, None, [], "31", {"which": "Rose"}, {"which": "33"}, {"which": "Awa"}, {"which": "all"},
    {"which": None}, {"which": ["Awa", "Rose"]}, {"which": {"id": "33"}}, {"of": "33"}, {"child": "33"},
    {"identity": "SAGNA-7365"}, {"code": "SAGNA-7365"}, {"verified": {"profile": "parent"}},
    {"which": "Awa", "child": "33"},
    {"where": {"Enfant": "33"}}, {"which": "*"}, {"which": ""}, {"service": "parents"}, {"service": "desk"},
    {"service": "administration"}, {"service": "office"}, {"service": "act:consult_notes:33"},
    {"service": "stays", "code": "KN-20831"}, {"until": "14:00"}, {"confirm": True}, {"yes": True},
]  # fmt: skip
NAMES = [
    *TENANT.actions,
    *TENANT.services,
    "open_service",
    "search_knowledge",
    "act",
    "yes",
    "change",
    "admin",
]


@pytest.mark.parametrize("code", ["", "DIOP-4821", "KN-20831"])
async def test_every_tool_with_every_argument_shows_nothing_of_others(code: str) -> None:
    mine = {"31", "32", ""} if code == "DIOP-4821" else {""}
    allowed = set(TENANT.profiles[PROVEN[code][0]].actions) if code else set()
    for name, arguments in itertools.product(NAMES, ARGUMENTS):
        desk = Desk(code)
        _, made = await desk.run(name, arguments)
        said = "\n".join(told(result.answer) for result in made.results)
        assert not any(word in said for word in FOREIGN), (name, arguments)
        assert {action for action, _ in desk.register.calls} <= allowed, (name, arguments)
        assert {of for _, of in desk.register.calls} <= mine, (name, arguments)
        assert desk.register.attempts == 0, (name, arguments)


@pytest.mark.parametrize("code", ["", "DIOP-4821", "KN-20831"])
async def test_a_model_that_calls_all_at_once_asks_a_source_a_few_times(code: str) -> None:
    desk = Desk(code)
    storm = calls(*itertools.product(NAMES, ARGUMENTS))
    answer = await desk.answer(storm)
    assert answer is None or not any(word in told(answer) for word in FOREIGN)
    assert len(desk.register.calls) <= ANSWERS
    assert desk.register.attempts == 0
