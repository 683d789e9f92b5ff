"""Understanding of a turn's words by rules and by the signs in them, once for all answerers."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Understood
from shared.answers.choosing import chosen
from shared.conversation.conversation import Conversation
from shared.language.commands import CONSENTS, Command, command
from shared.language.content import has_content
from shared.language.detection import detect
from shared.language.folding import folded
from shared.language.human import asks_for_human, named
from shared.models.message import Inbound
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.tenants import roster
from shared.understanding.reader import Danger, Reader, Signs, danger
from shared.understanding.signs import Sign

#: The probabilities from which a sign is the person's wish, is in doubt, or is the whole sense of a turn.
_OPT_OUT, _MAY_OPT_OUT, _HUMAN, _TALK = 0.35, 0.15, 0.35, 0.4
#: The same for a text with one of our phrases for a human.
_HUMAN_WITH_PHRASE = 0.1
#: The least probability of despair or abuse for words of care.
_CARE = 0.3
#: Lines of the person that a follow-up may be about: the question, and a word of thanks after it.
_LINES_BEFORE = 2
#: Most characters of a quoted message, which the turn may follow up as well.
_QUOTED = 500
#: Least words of a text whose signs are wishes: a word or a number alone says too little.
_WORDS = 2
_TALKS = (Sign.THANKS, Sign.GREETING, Sign.GOODBYE, Sign.SMALL_TALK, Sign.COMPLAINT)


class ByRules:
    """Reads commands, choices, phrases and signs; needs no model's vendor."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def understand(
        self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]
    ) -> Understood:
        picks = [chosen(conversation.sending.offered, message) for message in batch]
        read = [pick.title if pick else words_of(message) for pick, message in zip(picks, batch, strict=True)]
        said = "\n".join(filter(None, read))
        known = conversation.session.language or tenant.languages[0]
        language, found = detect(tenant, said, known), _command(said, read)
        if picks[-1] and said == picks[-1].title:
            return Understood(said, language, choice=picks[-1], command=found)
        signs = await self._reader.signs(said)
        if found is None:
            risk = await self._danger(tenant, batch, said, signs)
        else:
            risk = _plain_danger(tenant, said)
        opt_out, human = self._wishes(said, signs) if found is None and risk < Danger.ALARM else (0.0, 0.0)
        if opt_out >= _OPT_OUT and (not risk or opt_out > signs[Sign.EMERGENCY]):
            found = Command.STOP
        human_wanted = found == Command.HUMAN or self._asks_for_human(said, signs) or human >= _HUMAN
        return Understood(
            said=said,
            language=language,
            command=found,
            danger=risk,
            care=_care(signs) if risk else None,
            talk=self._talk(said, signs) if found is None and not risk and not human_wanted else None,
            wants_human=human_wanted,
            whom=_whom(tenant, said) if human_wanted else "",
            before=_before(conversation, batch),
            may_opt_out=_MAY_OPT_OUT <= opt_out < _OPT_OUT and not human_wanted,
            mood="unhappy" if signs[Sign.COMPLAINT] >= _TALK else "neutral",
        )

    def _wishes(self, said: str, signs: Signs) -> tuple[float, float]:
        """Returns how likely the text is an opt-out and a request for a human; one of them counts.

        Letters alone are not sure enough to silence a person or to call one.
        """
        words = sum(len(word) > 1 and not word.isdigit() for word in folded(said).split())
        if not self._reader.sure or words < _WORDS:
            return 0.0, 0.0
        opt_out, human = signs[Sign.OPT_OUT], signs[Sign.HUMAN]
        return (opt_out, 0.0) if opt_out >= human else (0.0, human)

    def _asks_for_human(self, said: str, signs: Signs) -> bool:
        """Whether our phrases ask for a human, and the signs are not against it ("are you a person?")."""
        return asks_for_human(said) and (not self._reader.sure or signs[Sign.HUMAN] >= _HUMAN_WITH_PHRASE)

    def _talk(self, said: str, signs: Signs) -> Sign | None:
        """Returns the kind of small talk; letters alone do not tell it from a short question."""
        likely = max(_TALKS, key=lambda sign: signs[sign])
        return likely if self._reader.sure and "?" not in said and signs[likely] >= _TALK else None

    async def _danger(self, tenant: Tenant, batch: Sequence[Inbound], said: str, signs: Signs) -> Danger:
        """Returns the highest danger of the turn's words together and of each message alone."""
        if len(batch) == 1:
            found = danger(tenant, said, signs, sure=self._reader.sure)
            return min(found, Danger.DOUBT) if batch[0].forwarded else found
        alone = [
            await self._reader.danger(tenant, words_of(message), forwarded=message.forwarded)
            for message in batch
        ]
        together = (
            Danger.NONE
            if any(message.forwarded for message in batch)
            else danger(tenant, said, signs, sure=self._reader.sure)
        )
        return max(*alone, together)


def _plain_danger(tenant: Tenant, said: str) -> Danger:
    """Returns the danger of a command, which only the tenant's own words make one."""
    return danger(tenant, said, dict.fromkeys(Sign, 0.0), sure=True)


def _whom(tenant: Tenant, said: str) -> str:
    """Returns the person or function that a wish for a human names; staff need no title."""
    members = roster.found(tenant, said) if tenant.staff else []
    return named(said) or (tenant.staff[members[0]].name if len(members) == 1 else "")


def _care(signs: Signs) -> Sign | None:
    """Returns the sign of an emergency that needs words of care, if it is likely itself."""
    likely = max((Sign.DESPAIR, Sign.ABUSE), key=lambda sign: signs[sign])
    return likely if signs[likely] >= max(_CARE, signs[Sign.EMERGENCY] / 2) else None


def _before(conversation: Conversation, batch: Sequence[Inbound]) -> str:
    """Returns the words that the person quotes, or their last lines with content, for a follow-up."""
    quoted = batch[-1].quote.text[:_QUOTED] if batch[-1].quote else ""
    if has_content(quoted):
        return quoted
    said = [line.text for line in conversation.history if line.author == "person" and has_content(line.text)]
    return "\n".join(said[-_LINES_BEFORE:])


def _command(said: str, read: Sequence[str]) -> Command | None:
    """Returns the command that the whole text is, or that each message of a burst repeats.

    A message that is STOP or START counts in any burst: the last of them decides.
    """
    found = [command(text) for text in read if text]
    if consents := [each for each in found if each in CONSENTS]:
        return consents[-1]
    return command(said) or (found[0] if len(set(found)) == 1 else None)
