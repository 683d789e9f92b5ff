"""The messages of the evaluation, each with its kind and the knowledge entries that answer it.

`messages/tuned` is for fitting and for reading; `messages/frozen` is only ever counted, so that its figures
say what strangers will meet. A file is named by its tenant, with an optional part before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from scripts import tenant_file
from shared.embeddings.local import Local
from shared.tenants.documents import TenantDocuments

FOLDER = Path(__file__).parent
Half = Literal["tuned", "frozen"]
#: The embedder of all tenants here, loaded once in a process.
EMBEDDER = Local()


@dataclass(frozen=True)
class Case:
    """One conversation: `before` are earlier messages, `ask` is the one that counts.

    `entries` are the knowledge entries that answer it: any of them, or all of them for kind `multi`.
    """

    tenant: str
    kind: str
    style: str
    language: str
    ask: str
    before: Sequence[str] = ()
    entries: Sequence[str] = ()


@cache
def cases(half: Half) -> list[Case]:
    found = []
    for path in sorted((FOLDER / "messages" / half).glob("*.yaml")):
        tenant = path.stem.rpartition(".")[2]
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            known = {name: each[name] for name in Case.__dataclass_fields__ if name in each}
            found.append(Case(tenant=tenant, **known))
    return found


@cache
def tenant(name: str) -> TenantDocuments:
    """Returns a demo tenant, or one that only the evaluation has."""
    own = FOLDER / "tenants" / f"{name}.yaml"
    return tenant_file.load(own if own.exists() else tenant_file.DEMO / f"{name}.yaml")
