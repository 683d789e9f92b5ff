"""The message of an occurrence: its words, and the writes that queue it and end the occurrence."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.conversation import outbox
from shared.conversation.groups import FollowUp
from shared.formats.templates import Absent
from shared.platform.store import Transaction
from shared.triggers.deciding import Case, End
from shared.triggers.reaching import Way
from shared.triggers.wording import Worded, word

#: How long a reply to a message is answered by the topic that the trigger names.
_REPLIES = timedelta(hours=24)
_WEEK = timedelta(days=7)


def queue(tx: Transaction, case: Case, way: Way, worded: Worded, slot: datetime | None) -> None:
    """Writes the message, the occurrence's end, the conversation and the contact's count of messages."""
    one, conversation, definition = case.occurrence, way.conversation, case.rule.definition
    draft = outbox.Draft(
        one.occurrence,
        worded.parts,
        template=worded.template,
        trigger=one.trigger,
        not_before=slot,
    )
    conversation.session.language = conversation.session.language or worded.language
    conversation.why = f"began: {one.trigger}"
    topic = definition.reply_topic
    conversation.sending.follow_up = FollowUp(topic=topic, until=case.now + _REPLIES) if topic else None
    outbox.queue(tx, conversation, draft, way.channel.terms, case.now)
    one.conversation, one.message = conversation.conversation, one.occurrence
    one.close("sent", f"sent on {conversation.channel}", case.now)
    case.contact.reached = [each for each in case.contact.reached if each > case.now - _WEEK] + [case.now]
    for document in (conversation, one, case.contact):
        tx.put(document)


def said(case: Case, way: Way) -> Worded | End:
    """Returns the words of the message on this way, or why there are none."""
    language = case.contact.language or way.conversation.session.language
    try:
        worded = word(case.tenant, case.rule.definition, case.occurrence.occurrence, language, case.values)
    except Absent as absent:
        return End("failed", f"{absent.name} is not known of this person")
    except ValueError as error:
        return End("failed", f"its words cannot be made: {error}")
    if not way.free and worded.template is None:
        return End(
            "skipped", f"the network's window is closed, and no template is approved in {worded.language}"
        )
    return worded
