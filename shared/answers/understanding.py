"""Understanding of a turn's words, once for all answerers."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Understood
from shared.answers.choosing import chosen
from shared.answers.emergency import is_emergency
from shared.conversation.conversation import Conversation
from shared.language.commands import CONSENTS, Command, command
from shared.language.detection import detect
from shared.language.human import asks_for_human
from shared.models.message import Inbound
from shared.models.tenant import Tenant
from shared.models.words import words_of


def understand(tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]) -> Understood:
    """Returns the words, language and wishes of a turn's messages (at least one, in the person's order)."""
    picks = [chosen(conversation.sending.offered, message) for message in batch]
    read = [pick.title if pick else words_of(message) for pick, message in zip(picks, batch, strict=True)]
    said = "\n".join(filter(None, read))
    known = conversation.session.language or tenant.languages[0]
    pick, found = picks[-1], _command(said, read)
    return Understood(
        said=said,
        language=detect(tenant, said, known),
        choice=pick if pick and said == pick.title else None,
        command=found,
        urgent=is_emergency(tenant, said),
        wants_human=found == Command.HUMAN or asks_for_human(said),
    )


def _command(said: str, read: Sequence[str]) -> Command | None:
    """Returns the command that the whole text is, or that each message of a burst repeats.

    A message that is STOP or START counts in any burst: the last of them decides.
    """
    found = [command(text) for text in read if text]
    if consents := [each for each in found if each in CONSENTS]:
        return consents[-1]
    return command(said) or (found[0] if len(set(found)) == 1 else None)
