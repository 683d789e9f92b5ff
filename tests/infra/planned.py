"""What a plan and the declarations of variables say, for tests of their properties."""

from __future__ import annotations

import re
from typing import Any

from scripts import permissions
from scripts.yaml_file import ROOT

TERRAFORM = ROOT / "terraform"
_VARIABLES = (TERRAFORM / "variables.tf").read_text("utf-8")


def default(variable: str) -> str:
    """Returns a variable's default value, as text."""
    (found,) = re.findall(rf'variable "{variable}" {{[^}}]*?\n  default     = "?([^"\n]*)"?\n', _VARIABLES)
    return str(found)


def of(plan: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Returns the values of all resources of a kind, by address."""
    found = {each["address"]: each["values"] for each in permissions.resources(plan) if each["type"] == kind}
    assert found, f"no {kind} is planned"
    return found


def configured(plan: dict[str, Any], address: str) -> dict[str, Any]:
    """Returns the configuration of a resource of the root module."""
    (found,) = (
        each for each in plan["configuration"]["root_module"]["resources"] if each["address"] == address
    )
    resource: dict[str, Any] = found
    return resource


def seconds(duration: str) -> int:
    assert duration.endswith("s")
    return int(duration.removesuffix("s"))
