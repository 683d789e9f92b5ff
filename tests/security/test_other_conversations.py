"""One tenant's or person's gateway refers to another's messages: it reads and changes nothing there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.local.vendors.waha import webhooks as waha
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, new_id, person, post
from tests.security.news import News
from tests.security.run import Run

TEXT = "What time is breakfast?"


@dataclass(frozen=True)
class Said:
    """A message of the victim's at the hotel, as its gateway names it, and the attacker."""

    kind: str
    id: str
    victim: str
    attacker: str

    @property
    def spelt(self) -> str:
        return f"wamid.{self.id}" if self.kind == "cloud_api" else self.id


@pytest.fixture(scope="module")
def said(run: Run) -> dict[str, Said]:
    """Returns the victims by channel; each asked the hotel a question and was answered."""
    victims = {kind: Said(kind, new_id(), person(), person()) for kind in GATEWAYS}
    for kind, each in victims.items():
        post(run, GATEWAYS[kind], GATEWAYS[kind].message(each.victim, TEXT, each.id))
    run.settle()
    return victims


#: Correctly signed events of the attacker's own gateway about another person's message.
CHANGES: dict[str, tuple[str, Callable[[News, str], Json]]] = {
    **{f"{kind}-edit": (kind, lambda news, id: news.edit("Forged", target=id)) for kind in GATEWAYS},
    **{
        f"{kind}-deletion": (kind, lambda news, id: news.deletion(target=id))
        for kind in ("waha", "green_api", "cloud_api")
    },
    "waha-edit-with-their-chat-in-the-id": (
        "waha",
        lambda news, id: news.edit("Forged", target=f"false_221770500000@c.us_{id}"),
    ),
    "waha-reaction": (
        "waha",
        lambda news, id: waha.event("message.reaction", waha.reaction(target=id, **{"from": news.chat})),
    ),
}


def message(run: Run, victim: Said, tenant: str = "hotel") -> Json:
    """Returns the stored document of the victim's message."""
    (mine,) = run.messages(victim.spelt, tenant)
    return mine


@pytest.mark.parametrize("tenant", ["hotel", "diocese"])
@attempts(CHANGES)
def test_a_change_of_a_message_that_is_not_theirs(
    run: Run, said: dict[str, Said], tenant: str, attempt: tuple[str, Callable[[News, str], Json]]
) -> None:
    """At the hotel another person changes it; at the diocese one with the victim's own number does."""
    kind, change = attempt
    victim, before = said[kind], message(run, said[kind])
    conversations, calls = _held(run), len(run.calls())
    who = victim.attacker if tenant == "hotel" else victim.victim
    post(run, GATEWAYS[kind], change(News(kind, who), victim.spelt), tenant=tenant)
    run.settle()
    assert message(run, victim) == before
    assert _held(run) == conversations
    assert len(run.calls()) == calls


def _held(run: Run) -> dict[str, Any]:
    """Returns the hotel's conversations, by path."""
    found = run.documents("tenants/hotel/conversations/*")
    return {path: doc for path, doc in found.items() if "chat" in doc}


RECEIPTS = {f"{k}-{how}": (k, how) for k in ("waha", "green_api", "cloud_api") for how in ("read", "failed")}


def answer(run: Run, victim: Said) -> Json:
    """Returns the answer to the victim."""
    found = run.documents("tenants/hotel/conversations/*/messages/*").values()
    asked = message(run, victim)
    (mine,) = (each for each in found if each["direction"] == "out" and each["message"] == asked["turn"])
    return mine


@attempts(RECEIPTS)
def test_a_receipt_from_another_tenant(run: Run, said: dict[str, Said], attempt: tuple[str, str]) -> None:
    kind, how = attempt
    sent = answer(run, said[kind])
    receipt = News(kind, said[kind].victim).receipt(how, sent["gateway_ids"][0])
    post(run, GATEWAYS[kind], receipt, tenant="diocese")
    run.settle()
    assert answer(run, said[kind]) == sent


@pytest.mark.parametrize("kind", GATEWAYS)
def test_one_id_at_two_tenants_is_two_messages(run: Run, kind: str) -> None:
    both, gateway = Said(kind, new_id(), person(), ""), GATEWAYS[kind]
    questions = {"hotel": TEXT, "diocese": "Quand commencent les inscriptions ?"}
    for tenant, question in questions.items():
        post(run, gateway, gateway.message(both.victim, question, both.id), tenant=tenant)
        run.settle()
    for tenant, question in questions.items():
        kept = message(run, both, tenant)
        assert (kept["outcome"], kept["parts"][0]["text"]) == ("answered", question)
    told = run.calls(gateway.chat(both.victim))
    assert [call["tenant"] for call in told] == ["hotel", "diocese"]
    assert "breakfast" in told[0]["text"].lower()
    assert "breakfast" not in told[1]["text"].lower()


@pytest.mark.parametrize("kind", GATEWAYS)
def test_another_tenant_s_message_has_no_way_and_no_ledger(
    run: Run, said: dict[str, Said], kind: str
) -> None:
    asked = message(run, said[kind])
    way = run.http.get("/_sim/way", params={"tenant": "diocese", "message": asked["message"]})
    assert asked["conversation"] not in way.text
    assert "breakfast" not in way.text
    stranger = GATEWAYS[kind].chat(person())
    ledger = {"tenant": "hotel", "channel": kind, "peer": stranger}
    assert run.http.get("/_sim/ledger", params=ledger).status_code == 404
