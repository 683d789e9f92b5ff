"""The grants of the configuration, read from a plan: `make permissions` writes terraform/PERMISSIONS.md.

A plan has every grant, in all files and modules. A kind of grant that is unknown here is an error, so that
the page cannot omit one silently.
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
#: For each kind of grant: the kind of target, and the attribute that names the target.
_ON = {
    "google_artifact_registry_repository_iam_member": ("repository", "repository"),
    "google_bigquery_dataset_iam_member": ("dataset", "dataset_id"),
    "google_cloud_run_service_iam_member": ("function", "service"),
    "google_project_iam_member": ("the project", ""),
    "google_pubsub_subscription_iam_member": ("subscription", "subscription"),
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_service_account_iam_member": ("account", "service_account_id"),
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
}
#: Members that the service makes together with the resource: a plan does not know them.
_UNKNOWN = {"google_bigquery_dataset_iam_member.sink": "the log sink `events`"}
_INTRODUCTION = """# Who may do what

Made by `make permissions` from a plan of this configuration; a test fails if this page is stale. A function
has the permissions in its rows and no others. No account has a key, and only the rows of *everybody* are
public. The secrets are those of one example tenant. Roles of our own are below.

| who | may | on what |
| --- | --- | --- |
"""
_OWN_ROLES = """
| role of our own | permissions |
| --- | --- |
"""


@dataclass(frozen=True, order=True)
class Grant:
    """One grant: `who` has `role` on the `kind` of target called `name`, under `condition`."""

    who: str
    role: str
    kind: str
    name: str
    condition: str


def grants(plan: Mapping[str, Any]) -> list[Grant]:
    """Returns all grants of a plan, in order. Raises ConfigurationError for a kind of grant that is unknown
    here."""
    given = (each for each in resources(plan) if re.search(r"_iam_(member|binding|policy)$", each["type"]))
    return sorted(map(_grant, given))


def own_roles(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns the permissions of each role of our own."""
    return {
        resource["values"]["role_id"]: sorted(resource["values"]["permissions"])
        for resource in resources(plan)
        if resource["type"] == "google_project_iam_custom_role"
    }


def page(plan: Mapping[str, Any]) -> str:
    """Returns the page: a row per member, role, kind of target and condition, with the targets' names; then
    a row per role of our own."""
    roles = "".join(
        f"| `{role}` | {', '.join(f'`{each}`' for each in permissions)} |\n"
        for role, permissions in own_roles(plan).items()
    )
    return _INTRODUCTION + _rows(grants(plan)) + _OWN_ROLES + roles


def _rows(found: Iterable[Grant]) -> str:
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for grant in found:
        rows.setdefault((grant.who, grant.role, grant.kind, grant.condition), []).append(grant.name)
    lines = []
    for (who, role, kind, condition), names in rows.items():
        on = " ".join([kind, ", ".join(f"`{name}`" for name in sorted(names) if name)]).strip()
        only = f" ({condition})" if condition else ""
        lines.append(f"| {who} | `{role.removeprefix('roles/').rpartition('/')[2]}` | {on}{only} |\n")
    return "".join(lines)


def resources(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields all resources of a plan, of all modules."""
    modules = [plan["planned_values"]["root_module"]]
    while modules:
        module = modules.pop(0)
        yield from module.get("resources", ())
        modules.extend(module.get("child_modules", ()))


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
        name=values[attribute].rpartition("/serviceAccounts/")[2].partition("@")[0] if attribute else "",
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
            PAGE.write_text(page(copy.plan()), "utf-8")
        except (terraform.Unavailable, terraform.Refused, ConfigurationError) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
