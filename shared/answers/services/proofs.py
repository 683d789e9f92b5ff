"""The port of proofs: the record that a code stands in."""

from __future__ import annotations

from typing import Protocol

from shared.answers.services.lookups import Candidate
from shared.models.service import Proof
from shared.models.tenant import Tenant


class Proofs(Protocol):
    async def proof(self, tenant: Tenant, proof: Proof, code: str) -> Candidate | None:
        """Returns the person whose record has exactly this code, or None. Raises Unavailable.

        One call to the source, whether there is such a record or not; codes are compared in constant time.
        """
        ...
