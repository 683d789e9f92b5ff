"""Tenant files (infra/tenants/*.yaml): read here, checked by shared/tenants/validation.py.

`python -m scripts.tenant_file [FILE …]` checks files; `--schema` prints the JSON Schema for editors, which is
kept as infra/tenant.schema.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts import yaml_file
from shared.errors import ConfigurationError
from shared.tenants.declared import schema
from shared.tenants.documents import TenantDocuments
from shared.tenants.rules import gaps
from shared.tenants.validation import Invalid, validate

FOLDER = yaml_file.ROOT / "infra" / "tenants"


def load(path: Path) -> TenantDocuments:
    """Reads a tenant file and checks it. Raises ConfigurationError, one line, for the first error."""
    try:
        return validate(yaml_file.read(path))
    except Invalid as invalid:
        raise yaml_file.problem(path, *invalid.problems[0]) from None


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks tenants' files.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="infra/tenants/*.yaml by default")
    parser.add_argument("--schema", action="store_true", help="print infra/tenant.schema.json")
    arguments: Any = parser.parse_args()
    if arguments.schema:
        print(json.dumps(schema(), indent=2, ensure_ascii=False))
        return
    for path in arguments.files or sorted(FOLDER.glob("*.yaml")):
        try:
            found = load(path)
        except ConfigurationError as error:
            sys.exit(str(error))
        print(f"{path.name}: {len(found.channels)} channels, {len(found.knowledge)} entries of knowledge")
        for line in gaps(found.tenant, datetime.now(UTC)):
            print(f"{path.name}: {line}")


if __name__ == "__main__":
    main()
