"""Changes that a person confirms: nothing is changed before a yes, and one yes changes it once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from shared.answers import Answer, Asked
from shared.answers.choosing import chosen
from shared.answers.menu import offer
from shared.answers.services import offering, wording
from shared.answers.services.lookups import Unavailable, Value
from shared.answers.services.parts import Lookups
from shared.conversation.verifying import Pursue
from shared.language.texts import text
from shared.language.wishes import wishes
from shared.models.message import Outcome
from shared.models.parts import Choice, Part, Text
from shared.models.verification import Errand, Verified
from shared.models.words import words_of
from shared.platform import logs

#: How long a question waits for its yes.
OPEN = timedelta(minutes=15)


class Confirming:
    """Asks before a change, and makes it. Ids of its choices are `yes:ACTION[:OF]` and `no:ACTION`."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    async def ask(self, asked: Asked, verified: Verified, name: str, of: str) -> Answer:
        """Returns the question before the change of the row that the action finds; raises as Lookups do."""
        action, language = asked.tenant.actions[name], asked.words.language
        found = await self._lookups.rows(asked, name, verified, of)
        if action.changes is None or not found.rows:
            told, private = wording.words(asked, verified, action, of, found), f"[{name}: 0 rows]"
            return Answer([Text(text=told)], Outcome.ANSWERED, f"act:{name}", language, private=private)
        errand = Errand(step="confirm", profile=verified.profile, action=name, of=of, at=asked.now)
        before = waits(asked)
        if before is not None and _yes(before) == _yes(errand):
            errand = before  # its key: asked again after a failure, the change may have been made
        question = _worded(asked, verified, errand, action.changes.confirm, found.rows[0])
        title = offering.titled(asked.tenant, language, action.names)
        no = offering.titled_choice(f"no:{name}", text(asked.tenant, language, "service_no"))
        choices = offer(question or f"{title} ?", [_yes_choice(asked, errand), no])
        parts: list[Part] = [choices] if choices else []
        why, private = f"confirm:{name}", f"[{name}: confirm?]"
        return Answer(parts, Outcome.ANSWERED, why, language, [Pursue(errand)], private=private)

    async def change(self, asked: Asked, verified: Verified, errand: Errand) -> Answer:
        """Makes the confirmed change. The question's own key makes a repeat of the turn change nothing more.

        Raises NotTheirs.
        """
        name, tenant, language = errand.action, asked.tenant, asked.words.language
        try:
            row = await self._lookups.change(asked, name, verified, errand.of, _key(asked, errand))
        except Unavailable as error:
            logs.logger().warning("change_failed", action=name, sure=error.sure)
            return _failed(asked, errand, error)
        changes = tenant.actions[name].changes
        told = _worded(asked, verified, errand, changes.done, row) if changes else ""
        acts, private = [Pursue(None)], _done(name)
        parts = [Text(text=told or text(tenant, language, "noted"))]
        return Answer(parts, Outcome.ANSWERED, f"changed:{name}", language, acts, private=private)


def given_up(asked: Asked) -> Answer:
    """Returns the words for a change that the person does not want."""
    words, language = text(asked.tenant, asked.words.language, "service_not_changed"), asked.words.language
    return Answer([Text(text=words)], Outcome.ANSWERED, "confirm:no", language, [Pursue(None)])


def repeated(asked: Asked) -> Answer | None:
    """Returns the words for one more typed yes right after a change, which changes nothing more; None for
    anything else."""
    lines, language = asked.conversation.history, asked.words.language
    words = wishes([language, *asked.tenant.languages])
    if not lines or lines[-1].author != "concierge" or lines[-1].text not in map(_done, asked.tenant.actions):
        return None
    if not all(words.decision(words_of(message)) for message in asked.batch):
        return None
    already = Text(text=text(asked.tenant, language, "service_changed_already"))
    return Answer([already], Outcome.ANSWERED, "confirm:again", language)


def _done(name: str) -> str:
    """Returns the line of the history for a change that was made."""
    return f"[{name}: done]"


def _failed(asked: Asked, errand: Errand, error: Unavailable) -> Answer:
    """Returns the words for a change that was not made: the yes may be repeated; or that may have been,
    which a human looks into."""
    tenant, language = asked.tenant, asked.words.language
    if error.sure:
        words = text(tenant, language, "service_not_done")
        return offering.with_human(asked, words, "service:unavailable", _yes_choice(asked, errand))
    words = text(tenant, language, "service_unsure")
    return Answer([Text(text=words)], Outcome.HANDED_OFF, "service:unsure", language, calls=("step",))


def waits(asked: Asked) -> Errand | None:
    """Returns the errand whose question is still open, for a confirmation or a choice of several."""
    errand = asked.conversation.session.errand
    waiting = errand is not None and errand.step in ("confirm", "which") and asked.now - errand.at <= OPEN
    return errand if waiting else None


def decided(asked: Asked, errand: Errand) -> bool | None:
    """Returns the person's first yes or no to the open question, pressed or typed; None if there is none.

    A typed one counts only while the question is the last thing that we said.
    """
    offered = asked.conversation.sending.offered
    ours = _yes(errand)
    words = wishes([asked.words.language, *asked.tenant.languages])
    for message in asked.batch:
        choice = chosen(offered, message)
        if choice is not None and choice.id in (ours, f"no:{errand.action}"):
            return choice.id == ours
        typed = words.decision(words_of(message)) if choice is None else None
        if typed is not None and any(each.id == ours for each in offered):
            return typed
    return None


def _yes(errand: Errand) -> str:
    """Returns the id of the choice that confirms."""
    of = f":{errand.of}" if errand.of and len(errand.of) <= offering.ID else ""
    return f"yes:{errand.action}{of}"


def _yes_choice(asked: Asked, errand: Errand) -> Choice:
    return offering.titled_choice(_yes(errand), text(asked.tenant, asked.words.language, "service_yes"))


def _worded(
    asked: Asked, verified: Verified, errand: Errand, worded: Mapping[str, str], row: Mapping[str, Value]
) -> str:
    """Returns the words of a change with the values of a row."""
    action = asked.tenant.actions[errand.action]
    template = wording.in_language(asked.tenant, asked.words.language, worded)
    values = {**wording.subject(verified, action, errand.of), **row}
    return wording.filled(asked, template, values, action.fields)


def _key(asked: Asked, errand: Errand) -> str:
    """Returns the key of the change that one question leads to, whichever message says yes to it."""
    conversation = asked.conversation
    of = [conversation.conversation, conversation.session.id, errand.action, errand.of, errand.at.isoformat()]
    return hashlib.sha256("\0".join(of).encode(errors="replace")).hexdigest()[:32]
