"""Words about codes: the question for one, and the verdict on a try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.answers import Asked
from shared.answers.menu import offer
from shared.answers.services.resuming import code_again
from shared.conversation.locks import Verdict
from shared.conversation.one_times import Entered
from shared.formats import codes
from shared.formats.templates import Template
from shared.language.commands import Command
from shared.language.texts import text
from shared.models import one_time
from shared.models.parts import Choice, Part, Text
from shared.models.service import Proof
from shared.models.tenant import Tenant

#: Names in the template of a proof's question.
NAMES = ("example", "name")
#: Number of wrong tries from which on a human is offered.
_OFFER = 2


@dataclass(frozen=True)
class ProofWords:
    """Words for the person of a turn about the codes of one proof."""

    asked: Asked
    proof: Proof

    def question(self) -> list[Part]:
        """Asks for the code, in the tenant's words if it has some in the person's language."""
        tenant, language = self.asked.tenant, self.asked.words.language
        own = self.proof.asks.get(language)
        if own is None:
            asks = self._words("ask_code")
        else:
            values = {"example": self._example, "name": tenant.name}
            asks = Template(own, NAMES).render(values, language)
        return [Text(text="\n\n".join(filter(None, [code_again(self.asked), asks])))]

    def form(self, *, one_time: bool) -> list[Part]:
        """Says how a code is written."""
        return self._plain("one_time_form" if one_time else "code_form")

    def verdict(self, verdict: Verdict) -> list[Part]:
        """Says the verdict on a try; the same for every code that is to be treated alike."""
        match verdict.kind:
            case "one_time" if verdict.until:
                return self._plain("code_shut", time=self._time(verdict.until))
            case "one_time":
                return self._plain("code_sent")
            case "wrong" if verdict.until is None:
                more = text(self._tenant, self._language, "code_human")
                words = self._words("code_wrong")
                return self._with_human(f"{words} {more}") if verdict.tries >= _OFFER else [Text(text=words)]
        return self._with_human(self._words("code_locked", time=self._time(verdict.until or self.asked.now)))

    def entered(self, entered: Entered) -> list[Part]:
        """Says the verdict on a one-time code that was typed."""
        return self._plain("one_time_wrong" if entered == "wrong" else "one_time_over")

    def down(self) -> list[Part]:
        """Says that codes cannot be checked now."""
        return self._with_human(self._words("code_down"))

    def cancelled(self) -> list[Part]:
        return self._plain("cancelled")

    @property
    def _tenant(self) -> Tenant:
        return self.asked.tenant

    @property
    def _language(self) -> str:
        return self.asked.words.language

    @property
    def _example(self) -> str:
        return codes.example(self.proof.form)

    @property
    def _reference(self) -> str:
        return one_time.reference(self.asked.tenant.tenant, self.asked.conversation.conversation)

    def _words(self, key: str, **values: str) -> str:
        fixed = {"example": self._example, "reference": self._reference}
        return text(self._tenant, self._language, key, **fixed, **values)

    def _plain(self, key: str, **values: str) -> list[Part]:
        return [Text(text=self._words(key, **values))]

    def _with_human(self, words: str) -> list[Part]:
        title = text(self._tenant, self._language, "talk")[:24]
        offered = offer(words, [Choice(id=f"command:{Command.HUMAN}", title=title)])
        return [offered] if offered else [Text(text=words)]

    def _time(self, until: datetime) -> str:
        """Returns the next whole minute on the tenant's clocks."""
        local = (until + timedelta(seconds=59)).astimezone(ZoneInfo(self._tenant.timezone))
        return f"{local:%H:%M}"
