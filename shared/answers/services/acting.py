"""Actions of proven persons. Rights are checked here for each, whoever asks: an id, a word, or a tool."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.answers.menu import offer
from shared.answers.services import offering, wording
from shared.answers.services.confirming import Confirming
from shared.answers.services.lookups import Found, NotTheirs, Unavailable
from shared.answers.services.parts import Lookups, Paging
from shared.conversation.acts import Act
from shared.conversation.verifying import Pursue
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Part, Text
from shared.models.service import Action
from shared.models.verification import Errand, Verified
from shared.platform import logs

#: Stands in a choice's id for all of the person's own.
ALL = "*"
#: Most of the person's own that are offered as choices, beside all of them.
_OFFERED = 9


class Acting:
    """Reads records for a proven person, or asks before it changes them; `paging` makes private pages."""

    def __init__(self, lookups: Lookups, paging: Paging) -> None:
        self._lookups, self._paging = lookups, paging
        self.confirming = Confirming(lookups)

    async def begin(self, asked: Asked, verified: Verified, name: str, of: str | None = None) -> Answer:
        """Returns the answer of an action for one of the person's own, or for ALL; with None, for the only
        one, else the question for which."""
        action = offering.theirs(asked, verified).get(name)
        if action is None or not action.each:
            return await self.run(asked, verified, name)
        mine = wording.own(verified, action)
        if of is None and len(mine) == 1:
            return await self.run(asked, verified, name, mine[0].id)
        if of is None or (of == ALL and action.changes is not None):
            return self.which(asked, verified, name)
        return await self.run(asked, verified, name, "" if of == ALL else of)

    async def run(self, asked: Asked, verified: Verified, name: str, of: str = "") -> Answer:
        """Returns the answer of an action, for the one of the person's own with the id `of`, or for all ("").

        A change is asked about, never made.
        """
        action = offering.theirs(asked, verified).get(name)
        if action is None:
            return refused(asked, verified, name, "no_such_right")
        if (service := self._closed(asked, verified)) is not None:
            return service
        if of and all(each.id != of for each in wording.own(verified, action)):
            return refused(asked, verified, name, "not_theirs")
        try:
            if action.changes is not None:
                return await self.confirming.ask(asked, verified, name, of)
            found = await self._lookups.rows(asked, name, verified, of)
            return await self._told(asked, verified, name, action, of, found)
        except NotTheirs:
            return refused(asked, verified, name, "not_theirs")
        except Unavailable:
            words = text(asked.tenant, asked.words.language, "service_unavailable")
            return offering.with_human(asked, words, "service:unavailable")

    async def confirmed(self, asked: Asked, verified: Verified, errand: Errand) -> Answer:
        """Makes the change that the person has said yes to, if they still have the right."""
        action = offering.theirs(asked, verified).get(errand.action)
        if action is None or action.changes is None or errand.profile != verified.profile:
            return refused(asked, verified, errand.action, "no_such_right")
        if (service := self._closed(asked, verified)) is not None:
            return service
        try:
            return await self.confirming.change(asked, verified, errand)
        except NotTheirs:
            return refused(asked, verified, errand.action, "not_theirs")

    def which(self, asked: Asked, verified: Verified, name: str, words: str = "") -> Answer:
        """Returns the question for which of the person's own, after these words."""
        action = offering.theirs(asked, verified).get(name)
        mine = wording.own(verified, action) if action else []
        if action is None or not mine:
            return refused(asked, verified, name, "not_theirs")
        tenant, language = asked.tenant, asked.words.language
        short = [each for each in mine if len(each.id) <= offering.ID][:_OFFERED]
        choices = [offering.titled_choice(f"act:{name}:{each.id}", wording.called(each)) for each in short]
        if len(mine) > 1 and action.changes is None:
            choices.append(offering.titled_choice(f"act:{name}:{ALL}", text(tenant, language, "service_all")))
        title = offering.titled(tenant, language, action.names)
        question = f"{words} {text(tenant, language, 'service_which', action=title)}".strip()
        shown = offer(question, choices, text(tenant, language, "choose"))
        errand = Errand(step="which", profile=verified.profile, action=name, at=asked.now)
        parts: list[Part] = [shown] if shown else []
        private = f"[{name}: which of {len(mine)}]"
        return Answer(parts, Outcome.ANSWERED, f"which:{name}", language, [Pursue(errand)], private=private)

    def _closed(self, asked: Asked, verified: Verified) -> Answer | None:
        """Returns the words for a service that is closed now, None if it is open."""
        name = offering.service_of(asked, verified)
        service = asked.tenant.services[name] if name else None
        return offering.closed(asked, service) if service and not offering.is_open(asked, service) else None

    async def _told(
        self, asked: Asked, verified: Verified, name: str, action: Action, of: str, found: Found
    ) -> Answer:
        """Returns the rows in words, or the link of a page with them."""
        tenant, language = asked.tenant, asked.words.language
        acts: list[Act] = [Pursue(None)] if asked.conversation.session.errand else []
        logs.logger().info("action_run", action=name, rows=len(found.rows), stale=found.as_of is not None)
        if action.page is None or not found.rows:
            told, private = wording.words(asked, verified, action, of, found), f"{len(found.rows)} rows"
        else:
            paged = await self._paging.offer(asked, verified, name, action, of, found)
            link = text(tenant, language, "service_page", link=paged.link)
            told = f"*{paged.title}*\n\n{link}"
            acts, private = [*acts, paged.act], "page"
        parts = [Text(text=told)]
        return Answer(parts, Outcome.ANSWERED, f"act:{name}", language, acts, private=f"[{name}: {private}]")


def refused(asked: Asked, verified: Verified, name: str, reason: str) -> Answer:
    """Returns the refusal of an action that the person has no right to, and logs it."""
    known = name if name in asked.tenant.actions else "unknown"
    logs.logger().warning("action_refused", action=known, profile=verified.profile, reason=reason)
    words = text(asked.tenant, asked.words.language, "service_refused")
    return Answer([Text(text=words)], Outcome.ANSWERED, "service:refused", asked.words.language)
