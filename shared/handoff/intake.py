"""Answers of staff that a notifier's vendor posts to us: verified, read and published, without a database."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import Rejected
from shared.models.tenant import Tenant
from shared.models.webhook import Webhook
from shared.notifiers import Answers, ReplyingAnswers
from shared.platform import logs
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory

#: The largest body (bytes) of a post; a reader of mail, which has files in it, sets its own `body_limit`.
BODY_LIMIT = 1024 * 1024


class AnswerIntake:
    def __init__(self, directory: Directory, publisher: Publisher) -> None:
        self._directory, self._publisher = directory, publisher

    async def body_limit(self, tenant: str, notifier: str) -> int:
        """Returns the largest body (bytes) that this notifier's vendor may post. Raises Rejected(404)."""
        _, answers = await self._found(tenant, notifier)
        limit: int = getattr(answers, "body_limit", BODY_LIMIT)
        return limit

    async def accept(self, tenant: str, notifier: str, webhook: Webhook) -> Mapping[str, object] | None:
        """Publishes the acts in a post; returns the JSON that the vendor wants back, or None for an empty
        body.

        Raises Rejected: 404 unknown tenant or notifier, or one without answers, 401 not from the vendor, 400
        not its envelope; Retry if the bus does not take the acts, so that the vendor posts them again.
        """
        found, answers = await self._found(tenant, notifier)
        logs.bind(tenant=tenant, notifier=notifier)
        try:
            await self._directory.verified_answers(found, notifier, webhook)
        except Rejected as refused:
            logs.logger().warning("answer_refused", reason=refused.detail)
            raise
        acts = answers.parse(webhook)
        for act in acts:
            await self._publisher.publish("handoffs", act, tenant=tenant)
        return answers.reply(acts) if isinstance(answers, ReplyingAnswers) else None

    async def _found(self, tenant: str, notifier: str) -> tuple[Tenant, Answers]:
        found = await self._directory.tenant(tenant)
        known = found is not None and notifier in found.notifiers
        answers = self._directory.answers(found, notifier) if found and known else None
        if found is None or answers is None:
            raise Rejected(404, "no such tenant or notifier, or it takes no answers")
        return found, answers
