"""Changes: nothing is changed before a yes, and one yes changes it once, however often it arrives."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.answers.services.lookups import Unavailable
from shared.conversation.conversation import State
from tests.unit.answers.services.office import Office, opened


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Returns an office after the question for a late check-out."""
    office = await opened(tmp_path, monkeypatch)
    await office.say("I would like a late check-out please")
    await office.say("KN-20831")
    assert office.last.startswith("Keep room 12 until 2 pm?")
    assert office.offered == {"Yes, confirm": "yes:late_checkout", "No, thank you": "no:late_checkout"}
    return office


@pytest.mark.parametrize("typed", ["1", "yes", "Yes, confirm", "OK", "yes please", "go ahead", "Sure!"])
async def test_a_yes_changes_it(office: Office, typed: str) -> None:
    await office.say(typed)
    assert office.last == "Done: room 12 is yours until 2 pm."
    assert list(office.register.changed.values()) == ["late_checkout"]
    assert (await office.conversation()).session.errand is None
    assert "[late_checkout: done]" in await office.history()


@pytest.mark.parametrize("typed", ["2", "no", "No, thank you", "not now", "cancel"])
async def test_a_no_changes_nothing(office: Office, typed: str) -> None:
    await office.say(typed)
    assert office.last == "All right, nothing was changed."
    assert office.register.changed == {}
    await office.say("yes")
    assert office.register.changed == {}


async def test_the_same_yes_twice_changes_it_once(office: Office) -> None:
    event = office.message("yes", id="YES")
    for _ in range(3):
        await office.receive(event)
        await office.pump()
    assert len(office.register.changed) == 1
    office.clock.pass_(60)
    await office.press("yes:late_checkout")
    assert office.last.startswith("Keep room 12 until 2 pm?")
    assert len(office.register.changed) == 1


async def test_a_turn_that_is_run_again_changes_nothing_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = office.register.change

    async def changed(asked: object, *more: object) -> object:
        found = await change(asked, *more)  # type: ignore[arg-type]
        if office.register.attempts == 1:  # another message comes before the commit
            await office.receive(office.message("thank you"))
        return found

    monkeypatch.setattr(office.register, "change", changed)
    await office.say("yes")
    assert office.register.attempts == 2
    assert len(office.register.changed) == 1
    assert "Done: room 12 is yours until 2 pm." in office.texts()


@pytest.mark.parametrize("between", ["Quand est la messe ?", "menu"])
async def test_a_typed_yes_counts_only_for_the_last_question(office: Office, between: str) -> None:
    await office.say(between)
    await office.say("yes")
    assert office.register.attempts == 0


async def test_a_late_yes_is_asked_again(office: Office) -> None:
    office.clock.pass_(timedelta(minutes=16).total_seconds())
    await office.press("yes:late_checkout")
    assert office.last.startswith("Keep room 12 until 2 pm?")
    assert office.register.attempts == 0
    await office.press("yes:late_checkout")
    assert len(office.register.changed) == 1


async def test_after_the_session_a_yes_proves_nothing(office: Office) -> None:
    office.clock.pass_(timedelta(minutes=31).total_seconds())
    await office.press("yes:late_checkout")
    assert office.last == "Code (guest)?"
    assert office.register.attempts == 0


async def test_a_yes_to_something_else_changes_nothing(office: Office) -> None:
    for id in ("yes:consult_notes", "yes:late_checkout:31", "yes:nothing"):
        await office.press(id, "Yes")
    assert office.register.attempts == 0


async def test_one_more_yes_right_after_the_change_changes_nothing(office: Office) -> None:
    await office.say("yes")
    assert office.last == "Done: room 12 is yours until 2 pm."
    await office.say("Yes!")
    assert office.last == "That is done already: nothing more was changed."
    assert office.register.attempts == 1
    await office.say("yes")
    assert office.last != "That is done already: nothing more was changed."


async def test_a_failed_change_may_be_tried_again(office: Office) -> None:
    office.register.broken = Unavailable()
    await office.say("yes")
    assert office.last.startswith("That did not work, and nothing was changed.")
    office.register.broken = None
    await office.say("yes")
    assert office.last == "Done: room 12 is yours until 2 pm."
    assert (office.register.attempts, len(office.register.changed)) == (2, 1)


async def test_an_unsure_change_calls_a_human_and_keeps_its_key(office: Office) -> None:
    keys = []
    change = office.register.change

    async def changed(asked: object, name: str, verified: object, of: str, key: str) -> object:
        keys.append(key)
        return await change(asked, name, verified, of, key)  # type: ignore[arg-type]

    office.register.change = changed  # type: ignore[method-assign,assignment]
    office.register.broken = Unavailable(sure=False)
    await office.say("yes")
    assert office.last.startswith("I cannot tell whether this was done.")
    assert (await office.conversation()).state == State.WAITING
    office.register.broken = None
    office.clock.pass_(60)
    await office.say("late checkout please")
    await office.say("yes")
    assert len(keys) == 2
    assert len(set(keys)) == 1
