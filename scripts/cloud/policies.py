"""Policies of an organisation that a first deployment would fail at, read before it starts.

https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from scripts.cloud import gcloud
from scripts.deployment import Deployment

#: Forbid grants to `allUsers`, which the webhook and the pages have. Neither can name it as an exception.
_MEMBERS = ("iam.allowedPolicyMemberDomains", "iam.managed.allowedPolicyMembers")
_LOCATIONS = "gcp.resourceLocations"
#: https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations
_OUTSIDE_EU = {"europe-west2", "europe-west6"}


def problems(target: Deployment, regions: Iterable[str]) -> Iterator[str]:
    """Yields a line for each policy that forbids a part of a deployment with resources in `regions`. Raises
    gcloud.Failed."""
    ancestors = gcloud.ask("projects", "get-ancestors", target.project, "--format=value(type)")
    if "organization" not in ancestors.split():
        return
    for constraint in _MEMBERS:
        if not _allows_everybody(_rules(target, constraint)):
            yield (
                f"the policy {constraint} forbids allUsers, which gateways need for the webhook: let the "
                f"organisation's administrator except {target.project} ({_how(target, constraint)})"
            )
    rules = _rules(target, _LOCATIONS)
    for region in sorted(set(regions)):
        if not _allows_region(rules, region):
            yield (
                f"the policy {_LOCATIONS} excludes {region}: choose a region that it allows, or let the "
                f"organisation's administrator add in:{region}-locations ({_how(target, _LOCATIONS)})"
            )


def _rules(target: Deployment, constraint: str) -> list[dict[str, Any]]:
    """Returns the effective rules, without those whose condition limits them to tagged resources."""
    policy = gcloud.ask_json(
        "org-policies", "describe", constraint, f"--project={target.project}", "--effective"
    )
    try:
        rules = policy.get("spec", {}).get("rules", [])
        return [rule for rule in rules if "condition" not in rule]
    except (AttributeError, TypeError):
        raise gcloud.Failed(f"gcloud org-policies describe {constraint}: is no policy") from None


def _allows_everybody(rules: list[dict[str, Any]]) -> bool:
    return not any(rule.get("enforce") or rule.get("denyAll") or rule.get("values") for rule in rules)


def _allows_region(rules: list[dict[str, Any]], region: str) -> bool:
    for rule in rules:
        values = rule.get("values") or {}
        allowed, denied = values.get("allowedValues"), values.get("deniedValues") or []
        if rule.get("denyAll") or any(_covers(value, region) for value in denied):
            return False
        if allowed and not any(_covers(value, region) or not _known(value) for value in allowed):
            return False
    return True


def _group(value: str) -> str:
    return value.removeprefix("in:").removeprefix("is:").removesuffix("-locations")


def _covers(value: str, region: str) -> bool:
    """Returns whether a value of the policy contains the region."""
    group = _group(value)
    if group == "eu":
        return region.startswith("europe-") and region not in _OUTSIDE_EU
    return group == region or region.startswith(f"{group}-")


def _known(value: str) -> bool:
    """Returns whether the value is a region, a zone or a continent; other groups only Google knows."""
    places = "africa|asia|australia|eu|europe|global|me|northamerica|southamerica|us"
    return re.fullmatch(rf"({places})(-[a-z]+[0-9]+(-[a-z])?)?", _group(value)) is not None


def _how(target: Deployment, constraint: str) -> str:
    return f"gcloud org-policies describe {constraint} --project={target.project} --effective"
