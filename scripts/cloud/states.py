"""Terraform's states of a project: which environment it holds, in which region, and what no state knows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts import manifest
from scripts.cloud import gcloud
from scripts.deployment import Deployment

#: Resources of ours that are listed in a message.
_LISTED = 5


@dataclass(frozen=True)
class States:
    """The states of a project: `resources` of each environment that has any, in Terraform's JSON."""

    has_bucket: bool
    resources: Mapping[str, list[dict[str, Any]]]


def read(target: Deployment) -> States:
    """Returns the states in the project's bucket. Raises gcloud.Failed."""
    place = f"gs://{target.bucket}"
    try:
        gcloud.ask("storage", "buckets", "describe", place, "--format=value(name)")
    except gcloud.Failed as failed:
        if "not found" in str(failed).lower():
            return States(has_bucket=False, resources={})
        raise
    listed = gcloud.ask("storage", "ls", "--recursive", place)
    names = re.findall(rf"^{place}/concierge/([^/\s]+)/default\.tfstate$", listed, re.MULTILINE)
    found = {name: _resources(f"{place}/concierge/{name}/default.tfstate") for name in sorted(names)}
    return States(has_bucket=True, resources={name: each for name, each in found.items() if each})


def problems(target: Deployment, found: States, enabled: Collection[str]) -> Iterator[str]:
    """Yields a line for each reason not to deploy with this project's states; `enabled` are its services.
    Raises gcloud.Failed."""
    if not found.has_bucket:
        yield _make_bucket(target)
    others = [name for name in found.resources if name != target.environment]
    for other in others:
        yield (
            f"{target.project} holds ENV={other}: each environment needs a project of its own "
            f"(expected another PROJECT, or make destroy ENV={other} first)"
        )
    yield from _region_problems(target, found)
    if target.environment not in found.resources and not others:
        yield from _unknown_problems(target, enabled)


def destroy_problems(target: Deployment, found: States) -> Iterator[str]:
    """Yields a problem if there is nothing to destroy, or elsewhere."""
    if target.environment not in found.resources:
        held = ", ".join(found.resources) or "none"
        nothing = f"nothing of ENV={target.environment} is deployed in {target.project}"
        yield f"{nothing} (its environments: {held})"
    yield from _region_problems(target, found)


def _make_bucket(target: Deployment) -> str:
    place = f"gs://{target.bucket}"
    make = f"gcloud storage buckets create {place} --project={target.project} --location={target.region}"
    keep = f"gcloud storage buckets update {place} --versioning"
    safe = "--uniform-bucket-level-access --public-access-prevention"
    return f"there is no bucket for Terraform's state: {make} {safe} && {keep}"


def _resources(place: str) -> list[dict[str, Any]]:
    """Returns the resources of a state; `make destroy` leaves one without any. Raises gcloud.Failed."""
    try:
        state = json.loads(gcloud.ask("storage", "cat", place))
        return [each for each in state["resources"] if each["mode"] == "managed" and each["instances"]]
    except (ValueError, KeyError, TypeError):
        how = f"gcloud storage ls --all-versions {place}"
        raise gcloud.Failed(f"{place} is no state of Terraform; its earlier versions: {how}") from None


def _region_problems(target: Deployment, found: States) -> Iterator[str]:
    """Yields a problem if the environment was deployed to another region: everything would be replaced."""
    for each in found.resources.get(target.environment, []):
        if each["type"] == "google_firestore_database":
            region = (each["instances"][0].get("attributes") or {}).get("location_id", target.region)
            if region != target.region:
                yield (
                    f"{target.project} has its documents in {region} (expected REGION={region}; "
                    "to move them: infra/runbooks/leave-region.md)"
                )


def _unknown_problems(target: Deployment, enabled: Collection[str]) -> Iterator[str]:
    """Yields a problem if the project has resources of ours, but no state that knows them."""
    found = [*_functions(target, enabled), *_topics(target, enabled), *_databases(target, enabled)]
    if found:
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        listed = ", ".join(found[:_LISTED]) + more
        yield (
            f"no state of ENV={target.environment} knows {listed} of {target.project}: "
            "its state is lost, or they are another's (expected another PROJECT; or bring the old "
            'state back, or import them: terraform/README.md, "Refused changes")'
        )


def _functions(target: Deployment, enabled: Collection[str]) -> list[str]:
    if "cloudfunctions.googleapis.com" not in enabled:
        return []
    ours = manifest.load().functions
    return [f"function {name}" for name in _names(target, "functions", "list") if name in ours]


def _topics(target: Deployment, enabled: Collection[str]) -> list[str]:
    if "pubsub.googleapis.com" not in enabled:
        return []
    ours = manifest.load().topics
    return [f"topic {name}" for name in _names(target, "pubsub", "topics", "list") if name in ours]


def _databases(target: Deployment, enabled: Collection[str]) -> list[str]:
    if "firestore.googleapis.com" not in enabled:
        return []
    found = _names(target, "firestore", "databases", "list")
    return [f"database {name}" for name in found if name == "(default)"]


def _names(target: Deployment, *command: str) -> list[str]:
    """Returns the last parts of the names that a gcloud command lists."""
    listed = gcloud.ask(*command, f"--project={target.project}", "--format=value(name)")
    return sorted({line.rpartition("/")[2] for line in listed.splitlines()})
