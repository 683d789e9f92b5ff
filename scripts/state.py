"""The state that a command reads and changes: the local run's, or a deployment's."""

from __future__ import annotations

import os

from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError


def choose(project: str | None = None) -> None:
    """Sets the functions' variables for the state of `project`, if one is given.

    Otherwise they stay as they are, and those that are not set name the state of `make run`. Raises
    ConfigurationError if there is neither.
    """
    if project:
        os.environ.update(_deployed(project))
        return
    folder = ROOT / os.environ.get("LOCAL_FOLDER", ".local")
    if "CONCIERGE_STORE" not in os.environ and not (folder / "store.db").exists():
        raise ConfigurationError(
            "there is no local run yet (expected make run, or CONCIERGE_STORE and CONCIERGE_BUS)"
        )
    local = {
        "CONCIERGE_STORE": f"sqlite:{folder / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{folder / 'bus.db'}",
        "CONCIERGE_SECRETS": "environment",
        "CONCIERGE_LOG_LEVEL": "error",
    }
    os.environ.update({name: value for name, value in local.items() if name not in os.environ})


def _deployed(project: str) -> dict[str, str]:
    """Returns the settings of a deployed function (terraform/functions.tf)."""
    return {
        "CONCIERGE_STORE": f"firestore:{project}",
        "CONCIERGE_BUS": f"pubsub:{project}",
        "CONCIERGE_SECRETS": f"secret_manager:{project}",
        "CONCIERGE_LOG_LEVEL": "error",
    }
