"""`make changes ENV=…`: the saved plan of `make plan` as a page, for a pull request or an issue.

Shows addresses and actions and no values, which may hold people's addresses. With NONE=1 it fails if there
are changes: somebody changed the deployment by hand, or did not deploy.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.cloud import data_loss, remote

#: Rows of the table: a comment on GitHub has 65,536 characters at most.
_ROWS = 200
CHANGED = 2


def changed(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the address and the action of each change in a plan (Terraform's JSON), in order."""
    return sorted(
        (change["address"], _action(change["change"]["actions"]))
        for change in plan.get("resource_changes", ())
        if change["change"]["actions"] not in (["no-op"], ["read"])
    )


def page(environment: str, plan: Mapping[str, Any]) -> str:
    """Returns the plan as Markdown: the number of each action, the data that would be lost, the addresses."""
    return "\n".join(_lines(environment, plan)) + "\n"


def _lines(environment: str, plan: Mapping[str, Any]) -> Iterator[str]:
    found = changed(plan)
    yield f"### Plan for `{environment}`"
    yield ""
    if not found:
        yield "No changes."
        return
    actions = [action for _, action in found]
    yield ", ".join(f"{actions.count(each)} to {each}" for each in sorted(set(actions)))
    for address in data_loss.lost(plan):
        yield f"\n**Would delete data**: `{address}`. Without `DELETE`, `make plan` refuses it."
    yield "\n<details><summary>Resources</summary>\n\n| action | resource |\n| --- | --- |"
    for address, action in found[:_ROWS]:
        yield f"| {action} | `{address}` |"
    if len(found) > _ROWS:
        yield f"| … | {len(found) - _ROWS} more |"
    yield "\n</details>"


def _action(actions: list[str]) -> str:
    return "replace" if len(actions) > 1 else actions[0]


def read(environment: str) -> dict[str, Any]:
    """Returns the saved plan. Raises FileNotFoundError if there is none, CalledProcessError."""
    return remote.shown(remote.saved_plan(environment))


def main() -> None:
    parser = argparse.ArgumentParser(usage="make changes ENV=… (NONE=1)")
    parser.add_argument("environment")
    parser.add_argument("--none", action="store_true")
    arguments = parser.parse_args()
    try:
        plan = read(arguments.environment)
    except FileNotFoundError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # Terraform has printed the reason
    print(page(arguments.environment, plan), end="")
    if arguments.none and changed(plan):
        sys.exit(CHANGED)


if __name__ == "__main__":
    main()
