"""Events repeated, late and out of order: a message is answered at most once, the newest event counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.local.vendors.telegram import webhooks as telegram
from scripts.local.vendors.waha import webhooks as waha
from tests.security.attempts import attempts
from tests.security.gateways import GATEWAYS, Json, post
from tests.security.news import News
from tests.security.run import Run

DAY = 86_400
ALL = tuple(GATEWAYS)
DELETING = STAFFED = ("waha", "green_api", "cloud_api")
BLOCKING = ("green_api", "telegram")

Step = Callable[[News], list[Json]]


@dataclass(frozen=True)
class Story:
    """A gateway's posts, step by step; each step ends before the next begins.

    `answers` are the fewest and the most that reach the person; `outcome`, `words` and `deleted` are of the
    message of that number.
    """

    kind: str
    steps: Sequence[Step]
    answers: tuple[int, int] = (1, 1)
    outcome: str = "answered"
    of: int = 0
    words: str = ""
    deleted: bool = False


def text(n: News) -> list[Json]:
    return [n.text()]


def fifty(n: News) -> list[Json]:
    return [n.text()] * 50


def second(n: News) -> list[Json]:
    """Returns another message, written now."""
    return [n.text("Is there a pool?", number=1)]


def earlier(n: News) -> list[Json]:
    return [n.text(at=-40)]


def backwards(n: News) -> list[Json]:
    return [n.text(at=-number, number=number) for number in (0, 1, 2)]


def said(words: str, at: int) -> Step:
    """Returns a step with a message of its own with these words."""
    return lambda n: [n.text(words, at, -at)]


def edits(*ats: int) -> Step:
    return lambda n: [n.edit(f"Edited {-at} seconds ago", at) for at in ats]


def deletion(n: News) -> list[Json]:
    return [n.deletion(-10)]


def blocked(at: int) -> Step:
    return lambda n: [n.block(True, at)]


def unblocked(at: int) -> Step:
    return lambda n: [n.block(False, at)]


def staff(at: int) -> Step:
    return lambda n: [n.staff("I am on it.", at)]


def given_back(at: int) -> Step:
    return lambda n: [n.staff("#bot", at)]


def spelt(key: str) -> Step:
    """Returns a step with WAHA's message under another spelling of its id."""

    def again(n: News) -> list[Json]:
        event, id = n.text(), key.format(chat=n.chat, who=n.who, id=n.key())
        return [event | {"payload": event["payload"] | {"id": id}}]

    return again


def any_event(n: News) -> list[Json]:
    return [n.text() | {"event": "message.any"}]


def noweb(n: News) -> list[Json]:
    """Returns the message from behind a LID, with the number beside it, as WAHA's engine NOWEB sends it."""
    more = {"key": {"remoteJid": waha.LID, "remoteJidAlt": f"{n.who}@s.whatsapp.net"}}
    event = n.text()
    return [event | {"payload": event["payload"] | {"id": n.key(), "_data": more}}]


def white_space(n: News) -> list[Json]:
    """Returns the message with white space around the id, as Meta or Green API spell it."""
    if n.kind == "green_api":
        return [n.text() | {"idMessage": f"{n.key()} "}]
    event = n.text()
    event["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = f"\t{n.key()} "
    return [event]


def press(n: News) -> list[Json]:
    who: Json = {"id": int(n.who), "first_name": "Awa"}
    asked = telegram.message("?", number=1, chat=who | {"type": "private"})
    return [telegram.update("callback_query", telegram.press() | {"id": n.id, "message": asked, "from": who})]


def each(kinds: Sequence[str], name: str, *steps: Step, **more: Any) -> dict[str, Story]:
    """Returns the same story on several channels."""
    return {f"{kind}-{name}": Story(kind, steps, **more) for kind in kinds}


NEWEST = "Edited 10 seconds ago"
SILENT: dict[str, Any] = {"answers": (0, 0), "outcome": "suppressed"}
STORIES: dict[str, Story] = (
    each(ALL, "twice", text, text)
    | each(ALL, "twice-at-once", lambda n: [n.text(), n.text()])
    | each(ALL, "ten-times", *[text] * 10)
    | each(["waha"], "100-times", fifty, fifty)
    | each(ALL, "backwards-and-again", backwards, backwards, answers=(1, 3))
    | each(["waha"], "bare-id", text, spelt("{id}"))
    | each(["waha"], "id-of-the-protocol", text, spelt("false_{who}@s.whatsapp.net_{id}"))
    | each(["waha"], "id-with-a-participant", text, spelt("false_{chat}_{id}_{chat}"))
    | each(["waha"], "id-with-a-device", text, spelt("false_{who}:12@c.us_{id}"))
    | each(["waha"], "id-first-bare", spelt("{id}"), text)
    | each(["waha"], "under-both-events", text, any_event, text)
    | each(["waha"], "from-another-engine", text, noweb)
    | each(["cloud_api", "green_api"], "white-space-in-the-id", text, white_space)
    | each(["telegram"], "another-update", text, lambda n: [n.text() | {"update_id": 7}])
    | each(["telegram"], "press-twice", press, press, answers=(0, 1), outcome="")
    | each(ALL, "in-ten-years", *[lambda n: [n.text(at=3_650 * DAY)]] * 2)
    | each(ALL, "eleven-hours-old", *[lambda n: [n.text(at=-11 * 3_600)]] * 2)
    | each(ALL, "older-edit-again", earlier, edits(-20, -10), edits(-20), words=NEWEST)
    | each(ALL, "older-edit-late", earlier, edits(-10), edits(-20), words=NEWEST)
    | each(ALL, "edits-again", earlier, edits(-20, -10), edits(-10, -20, -10), words=NEWEST)
    | each(ALL, "message-after-its-edit", earlier, edits(-10), earlier, words=NEWEST)
    | each(DELETING, "deleted-twice", earlier, deletion, deletion, deleted=True)
    | each(DELETING, "message-after-its-deletion", earlier, deletion, earlier, deleted=True)
    | each(DELETING, "older-edit-after-the-deletion", earlier, deletion, edits(-20), deleted=True)
    | each(BLOCKING, "block-again-after-the-unblock", blocked(-30), unblocked(-20), blocked(-30), text)
    | each(BLOCKING, "block-late", unblocked(-20), blocked(-30), text)
    | each(BLOCKING, "blocks-again", blocked(-30), unblocked(-20), blocked(-30), blocked(-30), text)
    | each(BLOCKING, "writes-after-a-block", blocked(-30), text)
    | each(BLOCKING, "block-again-later", blocked(-30), text, blocked(-30), second, answers=(2, 2), of=1)
    | each(BLOCKING, "start-after-a-block", blocked(-30), lambda n: [n.text("/start")])
    | each(BLOCKING, "wrote-before-the-block", blocked(-10), earlier, **SILENT)
    | each(
        BLOCKING, "unblock-late", blocked(-10), unblocked(-20), earlier, answers=(0, 0), outcome="suppressed"
    )
    | each(STAFFED, "staff-again-after-giving-back", staff(-30), given_back(-20), staff(-30), text)
    | each(STAFFED, "staff-late", given_back(-20), staff(-30), text)
    | each(
        STAFFED,
        "giving-back-late",
        staff(-20),
        given_back(-30),
        text,
        answers=(0, 0),
        outcome="left_to_human",
    )
    | each(ALL, "stop-again", said("stop", -30), said("/start", -20), said("stop", -30), text, answers=(2, 3))
    | each(ALL, "stop-late", said("/start", -20), said("stop", -30), text, answers=(2, 3))
    | each(
        ALL, "start-late", said("stop", -20), said("/start", -30), text, answers=(1, 2), outcome="suppressed"
    )
)


@pytest.fixture(scope="module")
def played(run: Run) -> dict[str, News]:
    """Plays all stories in parallel, step by step."""
    told = {name: News(story.kind) for name, story in STORIES.items()}
    for number in range(max(len(story.steps) for story in STORIES.values())):
        for name, story in STORIES.items():
            for event in story.steps[number](told[name]) if number < len(story.steps) else ():
                post(run, GATEWAYS[story.kind], event)
        run.settle()
    return told


@attempts({name: name for name in STORIES})
def test_a_story_that_is_told_again(run: Run, played: dict[str, News], attempt: str) -> None:
    story, news = STORIES[attempt], played[attempt]
    fewest, most = story.answers
    assert fewest <= len(run.calls(news.chat)) <= most
    if story.outcome:
        (kept,) = run.messages(news.key(story.of))
        assert kept["outcome"] == story.outcome, kept["reason"]
        assert kept["deleted"] == story.deleted
        assert kept["parts"][0]["text"] == story.words or not story.words


def test_no_function_failed(run: Run, played: dict[str, News]) -> None:
    assert len(played) == len(STORIES)
    assert [line for line in run.lines if line["event"] in ("failed", "dead_lettered")] == []
