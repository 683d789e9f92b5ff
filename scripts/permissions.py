"""Who may do what, read from a plan: `make permissions` writes terraform/PERMISSIONS.md.

Every grant of the configuration is in the plan, whoever wrote it and wherever. A kind of grant that is not
known here is an error, so that none is left out in silence.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import terraform
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError

PAGE = ROOT / "terraform" / "PERMISSIONS.md"
#: For each kind of grant: what it is on, and the attribute that names it.
_ON = {
    "google_artifact_registry_repository_iam_member": ("repository", "repository"),
    "google_bigquery_dataset_iam_member": ("dataset", "dataset_id"),
    "google_cloud_run_service_iam_member": ("function", "service"),
    "google_project_iam_member": ("the project", ""),
    "google_pubsub_subscription_iam_member": ("subscription", "subscription"),
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_service_account_iam_member": ("the account `deployer`", ""),
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
}
#: The member is made by the service when the resource is: what a plan cannot know is said here.
_UNKNOWN = {"google_bigquery_dataset_iam_member.sink": "the log sink `events`"}
_INTRODUCTION = """# Who may do what

Made by `make permissions` from a plan of this configuration; a test fails where it is stale. Each function
may do what stands in its rows and nothing else. Nobody has a key, and only what is open to *everybody* is
public. Of the tenants, whose secrets these are, one stands for all.

| who | may | on what |
| --- | --- | --- |
"""


@dataclass(frozen=True, order=True)
class Grant:
    """`who` may do what `role` allows on the `kind` of thing called `name`, under `condition`."""

    who: str
    role: str
    kind: str
    name: str
    condition: str


def grants(plan: Mapping[str, Any]) -> list[Grant]:
    """All grants of a plan, in order. Raises ConfigurationError for a kind of grant that is unknown here."""
    return sorted(_grant(resource) for resource in _resources(plan["planned_values"]["root_module"]))


def page(found: Iterable[Grant]) -> str:
    """One row for each of the things that somebody may do, with all that they may do it on."""
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for grant in found:
        rows.setdefault((grant.who, grant.role, grant.kind, grant.condition), []).append(grant.name)
    lines = []
    for (who, role, kind, condition), names in rows.items():
        on = " ".join([kind, ", ".join(f"`{name}`" for name in sorted(names) if name)]).strip()
        only = f" ({condition})" if condition else ""
        lines.append(f"| {who} | `{role.removeprefix('roles/')}` | {on}{only} |\n")
    return _INTRODUCTION + "".join(lines)


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for resource in module.get("resources", ()):
        if re.search(r"_iam_(member|binding|policy)$", resource["type"]):
            yield resource
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _grant(resource: Mapping[str, Any]) -> Grant:
    if resource["type"] not in _ON:
        said = f"{resource['address']}: is not a kind of grant that we make"
        raise ConfigurationError(f"{said} (expected one of {', '.join(_ON)})")
    kind, attribute = _ON[resource["type"]]
    values = resource["values"]
    conditions = values.get("condition") or []
    return Grant(
        who=_who(values.get("member"), resource["address"]),
        role=values["role"],
        kind=kind,
        name=values[attribute] if attribute else "",
        condition="".join(each["title"] for each in conditions),
    )


def _who(member: str | None, address: str) -> str:
    if member is None:
        return _UNKNOWN[address]
    kind, _, name = member.partition(":")
    local = name.partition("@")[0]
    match kind:
        case "allUsers":
            return "*everybody*"
        case "serviceAccount" if "gcp-sa-" in name:
            return f"Google's own `{name.partition('@gcp-sa-')[2].partition('.')[0]}` agent"
        case "serviceAccount" if local.startswith("fn-"):
            return f"function `{local.removeprefix('fn-')}`"
        case "serviceAccount":
            return f"account `{local}`"
        case "principal":
            return f"GitHub's {name.partition('/subject/')[2].replace(':', ' ')}"
    return f"the {local}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = terraform.Copy(Path(folder))
        try:
            copy.init()
            PAGE.write_text(page(grants(copy.plan())), "utf-8")
        except (terraform.Unavailable, terraform.Refused, ConfigurationError) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
