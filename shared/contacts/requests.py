"""Requests of an organisation's own system: verified, read, written, and the occurrences planned anew."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from shared.contacts.problems import Problem, Refused
from shared.contacts.record import Reader, checked_id
from shared.contacts.stating import Evidence
from shared.contacts.writing import Outcome, Plan, Writing
from shared.errors import Rejected, Retry
from shared.formats import wire
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.pause import Pause
from shared.tenants.directory import Directory

#: The largest body (bytes) of a request.
BODY_LIMIT = 64 * 1024
#: Firestore's integers have 64 bits.
_VERSIONS = range(2**63)
_SIGNED = "sha256="
#: Fields of a body that say nothing about the person.
_OURS = ("version", "id")


class Requests:
    """Answers requests about one record. `plan` is called after the commit of a change; if the process ends
    before, the tick of the function `triggers` finds the contact."""

    def __init__(self, directory: Directory, writing: Writing, plan: Plan, pause: Pause) -> None:
        self._directory, self._writing, self._plan, self._pause = directory, writing, plan, pause

    async def body_limit(self, tenant: str) -> int:
        """Returns the largest body (bytes) of a request. Raises Rejected(404) as `put` does."""
        await self._tenant(tenant)
        return BODY_LIMIT

    async def put(self, tenant: str, record: str, body: bytes, signature: str) -> Outcome:
        """Writes a record, as in `{"version": 3, "phone": "+221…", "attributes": {…}, "consent": {…}}`.

        The signature is over the body alone. A body that has the record's `id` too is of use at no other
        record's address, if somebody on the way repeats it there.

        Raises Rejected: 404 unknown tenant, or one without `contacts_key`, 401 not signed with it, 409 an
        older version; Refused with all problems of the body; Retry while the deployment is paused, because
        its database is perhaps being moved away.
        """
        found, fields = await self._verified(tenant, body, signature)
        version = _version(record, fields)
        said = Reader(found).body(fields, others=_OURS)
        evidence = Evidence("system", f"{record}, version {version}")
        outcome = await self._writing.write(found, record, said, version=version, evidence=evidence)
        return await self._planned(tenant, outcome)

    async def delete(self, tenant: str, record: str, body: bytes, signature: str) -> Outcome:
        """Deletes a record, as in `{"version": 4}`; its `id` may be there. Raises as `put` does."""
        found, fields = await self._verified(tenant, body, signature)
        version = _version(record, fields)
        if others := sorted({*fields} - {*_OURS}):
            raise Refused([Problem(name, "is not a field (expected version, and id)") for name in others])
        return await self._planned(tenant, await self._writing.delete(found, record, version=version))

    async def _planned(self, tenant: str, outcome: Outcome) -> Outcome:
        logs.bind(contact=outcome.contact)
        logs.logger().info("contact_written", result=outcome.result)
        if outcome.contact and outcome.result != "unchanged":
            await self._plan(tenant, outcome.contact)
        return outcome

    async def _verified(self, tenant: str, body: bytes, signature: str) -> tuple[Tenant, Mapping[str, Any]]:
        found = await self._tenant(tenant)

        def check(key: str) -> None:
            expected = _SIGNED + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
                raise Rejected(401, "X-Signature is missing or wrong (expected sha256=, and the HMAC in hex)")

        logs.bind(tenant=tenant)
        try:
            await self._directory.check_key(tenant, "contacts_key", check)
        except Rejected as refused:
            logs.logger().warning("contact_refused", reason=refused.detail)
            raise
        if await self._pause.in_force():
            raise Retry("paused")
        fields = wire.loads(body)
        if not isinstance(fields, dict):
            raise Refused([Problem("body", "expected a JSON object")])
        return found, fields

    async def _tenant(self, tenant: str) -> Tenant:
        found = await self._directory.tenant(tenant)
        if found is None or not found.secrets.get("contacts_key"):
            raise Rejected(404, "no such tenant, or it has no contacts_key")
        return found


def _version(record: str, fields: Mapping[str, Any]) -> int:
    """Returns the version in the fields. Raises Refused, also if the record's id is not valid, or another."""
    checked_id(record)
    if fields.get("id", record) != record:
        raise Refused([Problem("id", "is another record's than the address's")])
    version = fields.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version not in _VERSIONS:
        raise Refused([Problem("version", "expected a whole number of 0 or more, higher with each change")])
    return version
