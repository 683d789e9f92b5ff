"""The steps of an answer: tools, attempts to mend, bounds of steps and time, and ends of every kind."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from shared import llm
from shared.answers.assistant.calls import CALLS, RESULT
from shared.answers.assistant.drafting import STEPS
from shared.answers.assistant.tools import Arguments, Claim, Result, Tool
from shared.answers.assistant.tools.call_human import CallHuman
from shared.answers.assistant.tools.remember import Remember
from shared.answers.assistant.tools.show_choices import ShowChoices
from shared.errors import Retry
from shared.language.languages import shipped
from shared.models.answers import Answers
from shared.models.message import Outcome
from shared.models.parts import Choices
from tests.unit.answers.assistant.scripted import (
    BAR,
    HOTEL,
    POOL,
    Desk,
    Script,
    calls,
    result,
    says,
    told,
)
from tests.unit.answers.assistant.test_injections import Kept

OPEN = "La piscine est ouverte de 8h à 20h."
UNLIKELY = dataclasses.replace(POOL, confidence=0.2)
SOURCE = "\n\n_Source : Livret, p. 3_"


class Prices:
    """Finds a price, and counts its calls; `fails` makes it unusable."""

    name: ClassVar[str] = "prices"
    description: ClassVar[str] = "Finds the price of the pool."
    claims: ClassVar[frozenset[Claim]] = frozenset()

    class Wanted(Arguments):
        day: int

    arguments: ClassVar[type[Arguments]] = Wanted

    def __init__(self, data: Any = "La piscine : 2 500 F.", *, fails: bool = False) -> None:
        self.data, self.fails, self.runs = data, fails, list[int]()

    async def run(self, asked: Any, arguments: Any, /) -> Result:
        self.runs.append(arguments.day)
        if self.fails:
            raise Retry("down")
        return Result(self.data)


async def play(*replies: Any, tools: Sequence[Tool] = ()) -> tuple[str, Script]:
    script = Script(list(replies))
    return told(await Desk(script, tools).answer("la piscine ?")), script


async def test_an_answer_from_a_passage_takes_one_step() -> None:
    said, script = await play(says(OPEN), tools=[CallHuman()])
    assert said == OPEN + SOURCE
    assert len(script.asked) == 1


async def test_a_tools_result_is_data_of_the_next_step_and_of_the_answer() -> None:
    prices = Prices()
    said, script = await play(calls(("prices", {"day": 3})), says("Elle coûte 2 500 F."), tools=[prices])
    assert said == "Elle coûte 2 500 F." + SOURCE
    assert prices.runs == [3]
    assert result(script.asked[1]) == {"data": "La piscine : 2 500 F."}
    assert [message.role for message in script.asked[1].messages[-3:]] == ["person", "model", "person"]


async def test_two_tools_are_run_in_one_step() -> None:
    _, script = await play(
        calls(("prices", {"day": 1}), ("prices", {"day": 2})), says(OPEN), tools=[Prices()]
    )
    assert len(script.asked[1].messages[-1].parts) == 2


@pytest.mark.parametrize("arguments", [None, {}, {"day": "soon"}, {"day": 1, "contact": "c-2"}, {"day": [1]}])
async def test_wrong_arguments_are_answered_with_an_error(arguments: Any) -> None:
    prices = Prices()
    said, script = await play(calls(("prices", arguments)), says(OPEN), tools=[prices])
    assert said == OPEN + SOURCE
    assert prices.runs == []
    assert "Wrong arguments" in result(script.asked[1])["error"]


async def test_a_tool_is_tried_twice_with_wrong_arguments_and_no_more() -> None:
    prices = Prices()
    tries = [calls(("prices", {"day": "x"})), calls(("prices", {"day": "y"})), calls(("prices", {"day": 3}))]
    said, script = await play(*tries, says(OPEN), tools=[prices])
    assert said == OPEN + SOURCE
    assert prices.runs == []
    assert [bool(request.tools) for request in script.asked] == [True, True, True, False]


async def test_an_unknown_tool_is_answered_with_an_error() -> None:
    said, script = await play(calls(("pay", {"amount": 5})), says(OPEN), tools=[Prices()])
    assert said == OPEN + SOURCE
    assert result(script.asked[1]) == {"error": "There is no such tool."}


async def test_a_tool_that_cannot_be_used_is_an_error_for_the_model_alone() -> None:
    said, _ = await play(calls(("prices", {"day": 1})), says(OPEN), tools=[Prices(fails=True)])
    assert said == OPEN + SOURCE


async def test_the_same_call_is_made_once() -> None:
    prices = Prices()
    again = calls(("prices", {"day": 1}))
    said, script = await play(again, again, says(OPEN), tools=[prices])
    assert (said, prices.runs) == (OPEN + SOURCE, [1])
    assert "made before" in result(script.asked[2])["error"]


async def test_a_model_that_only_calls_tools_ends_with_the_knowledges_own_words() -> None:
    numbers = iter(range(100))
    prices, script = Prices(), Script([lambda _: calls(("prices", {"day": next(numbers)}))])
    assert await Desk(script, [prices]).answer("la piscine ?") is None
    assert len(script.asked) <= STEPS


async def test_many_calls_in_one_step_are_bounded() -> None:
    prices = Prices()
    many = calls(*(("prices", {"day": day}) for day in range(50)))
    said, _ = await play(many, says(OPEN), tools=[prices])
    assert (said, len(prices.runs)) == (OPEN + SOURCE, CALLS)


async def test_a_long_result_is_cut_and_stays_json() -> None:
    _, script = await play(calls(("prices", {"day": 1})), says(OPEN), tools=[Prices('é"' * 100_000)])
    part = script.asked[1].messages[-1].parts[0]
    assert isinstance(part, llm.ToolResult)
    assert len(part.text) <= RESULT
    assert json.loads(part.text)["cut"] is True


async def test_the_last_steps_offer_no_tools_and_have_the_results_as_data() -> None:
    numbers = iter(range(100))
    more = [lambda _: calls(("prices", {"day": next(numbers)}))] * 3
    said, script = await play(*more, says("Elle coûte 2 500 F."), tools=[Prices()])
    assert said == "Elle coûte 2 500 F." + SOURCE
    last = script.asked[-1]
    assert not last.tools
    assert not any(isinstance(part, llm.ToolCall) for each in last.messages for part in each.parts)
    (part,) = last.messages[-1].parts
    assert isinstance(part, llm.Text)
    assert json.loads(part.text)["results"] == [{"data": "La piscine : 2 500 F."}] * 3


# --- mending


async def test_an_answer_without_support_is_mended_once() -> None:
    said, script = await play(says("Elle ouvre à 9h."), says("Elle ouvre à 8h."))
    assert said == "Elle ouvre à 8h." + SOURCE
    (part,) = script.asked[1].messages[-1].parts
    assert isinstance(part, llm.Text)
    told_ = json.loads(part.text)
    assert told_["your_draft"] == "Elle ouvre à 9h."
    assert "9h" in told_["mend"][0]


async def test_the_passage_itself_goes_out_if_mending_fails() -> None:
    script = Script([says("Elle ouvre à 9h.")])
    answer = await Desk(script).answer("la piscine ?")
    assert told(answer) == OPEN + SOURCE
    assert answer is not None
    assert answer.why == "scripted:passage:pool (2 steps)"
    assert len(script.asked) == 2


async def test_an_unlikely_passage_does_not_go_out_because_a_model_named_it() -> None:
    desk = Desk(Script([says("La piscine est à 45 °C.")]), passages=[UNLIKELY])
    assert await desk.answer("Vendez-vous des tracteurs ?") is None


async def test_a_claim_is_left_out_if_the_rest_answers() -> None:
    said, script = await play(says(f"{OPEN} Votre transat est réservé."))
    assert (said, len(script.asked)) == (OPEN + SOURCE, 1)


async def test_a_claim_alone_is_mended() -> None:
    said, script = await play(says("Votre transat est réservé."), says(OPEN))
    assert (said, len(script.asked)) == (OPEN + SOURCE, 2)


@pytest.mark.parametrize("sources", [["pool"], ["nothing"]])
async def test_who_wants_an_act_that_nobody_did_hears_who_can(sources: list[str]) -> None:
    desk = Desk(Script([says("Votre transat est réservé.", *sources)]), passages=[UNLIKELY])
    answer = await desk.answer("un transat pour demain")
    assert answer is not None
    assert told(answer) == shipped()["fr"].texts["only_team"]
    assert answer.why == "scripted:unknown"
    assert len(answer.acts) == 2


async def test_an_invented_act_leaves_what_the_knowledge_is_certain_of_to_it() -> None:
    assert await Desk(Script([says("Votre transat est réservé.")])).answer("un transat ?") is None


@pytest.mark.parametrize("garbage", ["", "<html>", '{"answer": ', "[]", "x" * 10_000_000, '{"answer": 5}'])
async def test_garbage_is_mended_or_left_to_the_next(garbage: str) -> None:
    completion = llm.Completion([llm.Text(garbage)], "done")
    assert (await play(completion, says(OPEN)))[0] == OPEN + SOURCE
    assert (await play(completion))[0] == ""


@pytest.mark.parametrize("stop", ["refused", "cut_off"])
async def test_a_refusal_is_not_asked_again_and_a_cut_answer_is(stop: Any) -> None:
    said, script = await play(llm.Completion([llm.Text("{")], stop), says(OPEN))
    assert len(script.asked) == (1 if stop == "refused" else 2)
    assert bool(said) is (stop == "cut_off")


# --- effects


async def test_a_human_is_called_by_the_tool_with_the_words_of_the_passage() -> None:
    reply = says(f"{OPEN} J'ai prévenu l'équipe.")
    script = Script([calls(("call_human", {"reason": "asked"})), reply])
    answer = await Desk(script, [CallHuman()]).answer("la piscine ? et un humain")
    assert answer is not None
    assert told(answer) == f"{OPEN} J'ai prévenu l'équipe." + SOURCE
    assert (answer.calls, answer.outcome) == (("asked",), Outcome.HANDED_OFF)


@pytest.mark.parametrize("wants_human", [True, False])
async def test_words_beside_a_call_for_a_human_are_checked_like_others(wants_human: bool) -> None:
    lie = says("La piscine ouvre de 23h47 à 3h19.", wants_human=wants_human)
    script = Script([calls(("call_human", {"reason": "asked"})), lie])
    answer = await Desk(script, [CallHuman()]).answer("la piscine ? et un humain")
    assert answer is not None
    assert (answer.calls, answer.outcome, told(answer)) == (("asked",), Outcome.HANDED_OFF, "")


async def test_a_call_for_a_human_survives_a_model_that_fails_afterwards() -> None:
    script = Script([calls(("call_human", {"reason": "mood"})), Retry("no_model")])
    answer = await Desk(script, [CallHuman()]).answer("je suis fâché")
    assert answer is not None
    assert (answer.calls, answer.parts, answer.outcome) == (("mood",), [], Outcome.HANDED_OFF)


async def test_the_persons_own_words_are_remembered_and_nothing_else() -> None:
    script = Script(
        [calls(("remember", {"words": "Je suis végétarienne"})), says("C'est noté !", known=False)]
    )
    answer = await Desk(script, [Remember(Kept)]).answer("Bonjour, je suis végétarienne.")
    assert answer is not None
    assert (answer.acts, told(answer)) == ([Kept("Je suis végétarienne")], shipped()["fr"].texts["noted"])
    script = Script([calls(("remember", {"words": "Je suis administrateur"})), says("C'est noté !")])
    refused = await Desk(script, [Remember(Kept)]).answer("Bonjour, je suis végétarienne.")
    assert "noté" not in told(refused)
    assert refused is None or not refused.acts


async def test_noted_is_no_claim_if_it_was_remembered() -> None:
    script = Script([calls(("remember", {"words": "sans sel"})), says(f"C'est noté. {OPEN}")])
    answer = await Desk(script, [Remember(Kept)]).answer("Je mange sans sel. La piscine ?")
    assert told(answer) == f"C'est noté. {OPEN}" + SOURCE


async def test_choices_are_shown_under_the_answer() -> None:
    titles = {"titles": ["La piscine", "Le bar"]}
    script = Script([calls(("show_choices", titles)), says("La piscine ou le bar ?", "pool", "bar")])
    answer = await Desk(script, [ShowChoices()]).answer("où aller ?")
    assert answer is not None
    (part,) = answer.parts
    assert isinstance(part, Choices)
    assert [choice.title for choice in part.choices] == titles["titles"]
    assert [choice.id for choice in part.choices] == ["say:1", "say:2"]


@pytest.mark.parametrize(
    "titles", [["STOP", "Le bar"], ["Le bar", "le bar"], ["x" * 25, "y"], ["Le bar"], "no"]
)
async def test_wrong_choices_are_refused(titles: Any) -> None:
    script = Script([calls(("show_choices", {"titles": titles})), says(OPEN)])
    answer = await Desk(script, [ShowChoices()]).answer("où aller ?")
    assert told(answer) == OPEN + SOURCE


async def test_choices_with_words_of_their_own_are_not_shown() -> None:
    titles = {"titles": ["Payez à evil.example", "Le bar à 5 F"]}
    script = Script([calls(("show_choices", titles)), says(OPEN)])
    assert told(await Desk(script, [ShowChoices()]).answer("où aller ?")) == OPEN + SOURCE


async def test_what_the_concierge_is_not_for_gets_our_own_words() -> None:
    answer = await Desk(Script([says("Il était une fois …", outside=True)])).answer("écris un conte")
    assert answer is not None
    assert HOTEL.name in told(answer)
    assert "était" not in told(answer)
    assert answer.why == "scripted:outside"


async def test_what_is_not_known_is_said_in_our_words_and_noted() -> None:
    answer = await Desk(Script([says("Aucune idée, mais 5 F.", known=False)])).answer("le parking ?")
    assert answer is not None
    assert told(answer) == shipped()["fr"].texts["unknown"]
    assert answer.why == "scripted:unknown"
    assert len(answer.acts) == 2


async def test_a_wish_for_a_human_is_granted() -> None:
    answer = await Desk(Script([says("Voici.", wants_human=True)])).answer("quelqu'un ?")
    assert answer is not None
    assert answer.calls == ("asked",)


# --- bounds


async def test_each_request_has_the_time_that_is_left_of_the_tenants() -> None:
    tenant = HOTEL.model_copy(update={"answers": Answers(seconds=5)})
    script = Script([calls(("prices", {"day": 1})), says(OPEN)])
    await Desk(script, [Prices()], tenant=tenant).answer("la piscine ?")
    first, second = script.withins
    assert first is not None
    assert second is not None
    assert 4 < second <= first <= 5


async def test_a_hanging_model_ends_within_the_tenants_time() -> None:
    class Hanging(Script):
        async def complete(self, *args: Any, **more: Any) -> Any:
            await asyncio.Event().wait()

    tenant = HOTEL.model_copy(update={"answers": Answers(seconds=2)})
    began = time.perf_counter()
    assert await Desk(Hanging([]), tenant=tenant).answer("la piscine ?") is None
    assert time.perf_counter() - began < 3


async def test_no_model_no_answer() -> None:
    assert await Desk(Script([Retry("no_model")])).answer("la piscine ?") is None


async def test_two_questions_have_the_passages_of_both() -> None:
    script = Script([says(OPEN)])
    await Desk(script, passages=[POOL, BAR]).answer("Quand ouvre la piscine ? Et le bar ?")
    (part,) = script.asked[0].messages[-1].parts
    assert isinstance(part, llm.Text)
    assert [each["id"] for each in json.loads(part.text)["passages"]] == ["pool", "bar"]


async def test_why_names_the_model_the_sources_the_tools_and_the_steps() -> None:
    script = Script([calls(("prices", {"day": 1})), says(OPEN, "pool", "bar")])
    answer = await Desk(script, [Prices()]).answer("la piscine ?")
    assert answer is not None
    assert answer.why == "scripted:pool,bar (prices, 2 steps)"
