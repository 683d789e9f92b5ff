"""The target of a command: a deployment (PROJECT, REGION, ENV), the local run, or a state that settings name.

Every operator command reads the same three variables here and prints its target before it does anything, so
that no command works on a laptop's state in the belief that it is a deployment's.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of

ENVIRONMENTS = ROOT / "terraform" / "environments"
#: terraform/variables.tf has the same default.
REGION = "europe-southwest1"
#: The variables that name a deployment: a form, and an example.
#: https://cloud.google.com/resource-manager/docs/creating-managing-projects
_FORMS = {
    "PROJECT": (r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project's id, such as concierge-prod"),
    "REGION": (r"[a-z]+-[a-z]+[0-9]{1,2}", f"a region, such as {REGION}"),
    "ENV": (r"[a-z][a-z0-9-]{0,20}", "an environment, such as prod"),
}
#: Settings that name a state; a command for PROJECT must not have them. Google's clients read the last two.
_STATE = (
    "CONCIERGE_STORE",
    "CONCIERGE_BUS",
    "CONCIERGE_SECRETS",
    "CONCIERGE_BLOBS",
    "CONCIERGE_ORIGIN",
    "CONCIERGE_CLOCK",
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
)


@dataclass(frozen=True)
class Deployment:
    """One environment (terraform/environments) of a project in a region."""

    project: str
    region: str
    environment: str

    def __str__(self) -> str:
        return f"{self.project}, {self.environment}, {self.region}"

    @property
    def bucket(self) -> str:
        """The bucket of Terraform's state, with all its versions."""
        return f"{self.project}-terraform"

    @property
    def origin(self) -> str:
        """The platform's address of the functions, `ORIGIN/FUNCTION`:
        https://cloud.google.com/functions/docs/calling/http#url"""
        return f"https://{self.region}-{self.project}.cloudfunctions.net"

    def settings(
        self, *, embeddings: str = "local", model_location: str = "eu", hostname: str = ""
    ) -> dict[str, str]:
        """Returns the settings of this deployment's functions, as terraform/functions.tf has them, but with
        logs, traces and waking ahead of a command. The arguments are Terraform's variables."""
        return {
            "CONCIERGE_BLOBS": f"gs://{self.project}-media",
            "CONCIERGE_BUS": f"pubsub:{self.project}",
            "CONCIERGE_CLIENT_IP": "x-forwarded-for",
            "CONCIERGE_EMBEDDINGS": embeddings,
            "CONCIERGE_LOG_LEVEL": "error",
            "CONCIERGE_ORIGIN": f"https://{hostname}" if hostname else self.origin,
            "CONCIERGE_SECRETS": f"secret_manager:{self.project}",
            "CONCIERGE_STORE": f"firestore:{self.project}",
            "CONCIERGE_TRACES": "off",
            "CONCIERGE_WAKE_AHEAD": "off",
            "GOOGLE_CLOUD_LOCATION": model_location,
            "GOOGLE_CLOUD_PROJECT": self.project,
        }


def project(text: str) -> str:
    """Returns a project's id, of an argument of any name. Raises ArgumentTypeError if it is misspelt."""
    form, example = _FORMS["PROJECT"]
    if not re.fullmatch(form, text):
        raise argparse.ArgumentTypeError(f"{text[:80]!r}: expected {example}")
    return text


def environments() -> list[str]:
    """Returns the names that ENV may have."""
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.tfvars"))


def given(variables: Mapping[str, str] = os.environ) -> Deployment | None:
    """Returns the deployment that PROJECT, REGION and ENV name, or None if none of them is set.

    Raises ConfigurationError if only some are, if one is empty or misspelt, or if settings name another
    state.
    """
    found = {name: variables[name] for name in _FORMS if name in variables}
    for name, value in found.items():
        _check_form(name, value)
    if "PROJECT" not in found:
        if found:
            names = " and ".join(f"{name}={value}" for name, value in found.items())
            raise ConfigurationError(
                f"{names} without PROJECT "
                f"(expected PROJECT=… too; for the local run: unset {' '.join(found)})"
            )
        return None
    if "ENV" not in found:
        raise ConfigurationError(f"ENV is missing for PROJECT={found['PROJECT']} ({one_of(environments())})")
    if found["ENV"] not in environments():
        raise ConfigurationError(
            f"ENV={found['ENV']}: has no terraform/environments/{found['ENV']}.tfvars "
            f"({one_of(environments())})"
        )
    if others := [name for name in _STATE if name in variables]:
        raise ConfigurationError(
            f"PROJECT={found['PROJECT']} names one state and {others[0]} another "
            f"(expected one of them: unset {' '.join(others)}, or unset {' '.join(found)})"
        )
    return Deployment(found["PROJECT"], found.get("REGION", REGION), found["ENV"])


def required(variables: Mapping[str, str] = os.environ) -> Deployment:
    """Returns the deployment and prints it. Raises ConfigurationError if the variables name none."""
    found = given(variables)
    if found is None:
        raise ConfigurationError(
            "PROJECT and ENV are missing (expected PROJECT=…, ENV=…, and REGION=… for another "
            f"region than {REGION})"
        )
    announce(str(found))
    return found


def yes(variables: Mapping[str, str] = os.environ) -> bool:
    """Returns whether YES=1 answers a command's question. Raises ConfigurationError for another value."""
    value = variables.get("YES", "")
    if value not in ("", "1"):
        raise ConfigurationError(f"YES={value[:80]!r}: expected YES=1, or nothing")
    return bool(value)


def choose() -> bool:
    """Sets the functions' variables for a command that reads or changes state, and prints the target.

    Returns whether it is the local run; otherwise it is a deployment, or a state that the environment's
    settings name. Raises ConfigurationError if there is no such state.
    """
    found = given()
    if found is not None:
        announce(str(found))
        os.environ.update(found.settings())
        return False
    if named := [name for name in ("CONCIERGE_STORE", "CONCIERGE_BUS") if name in os.environ]:
        announce(", ".join(f"{name}={os.environ[name]}" for name in named))
        _add({"CONCIERGE_SECRETS": "environment", "CONCIERGE_LOG_LEVEL": "error"})
        return False
    _choose_local_run()
    return True


def announce(target: str) -> None:
    """Prints the target, as the first line of a command on standard error."""
    print(f"→ {target}", file=sys.stderr, flush=True)


@contextmanager
def access() -> Iterator[None]:
    """Turns a refusal by Google Cloud into ConfigurationError, one line with its remedy."""
    try:
        yield
    except Exception as error:
        from google.api_core.exceptions import ClientError
        from google.auth.exceptions import GoogleAuthError

        if isinstance(error, GoogleAuthError):
            raise ConfigurationError(
                f"no valid credentials ({type(error).__name__}): gcloud auth application-default login"
            ) from None
        if isinstance(error, ClientError):
            said = str(error).splitlines()[0][:300]
            raise ConfigurationError(f"{said}\n  is this the project, and may you read it?") from None
        raise


def local_origin() -> str:
    """Returns the address of the local run."""
    return f"http://localhost:{os.environ.get('PORT', '8080')}"


def _choose_local_run() -> None:
    named = os.environ.get("LOCAL_FOLDER", ".local")
    folder = ROOT / named
    announce(f"the local run ({named})")
    if not (folder / "store.db").exists():
        raise ConfigurationError("there is no local run yet (expected make run, or PROJECT=… and ENV=…)")
    settings = {
        "CONCIERGE_STORE": f"sqlite:{folder / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{folder / 'bus.db'}",
        "CONCIERGE_SECRETS": f"environment:{ROOT / '.env'}",
        "CONCIERGE_BLOBS": f"folder:{folder / 'media'}",
        "CONCIERGE_LOG_LEVEL": "error",
        "CONCIERGE_ORIGIN": local_origin(),
    }
    if (folder / "clock").exists():
        settings["CONCIERGE_CLOCK"] = f"shifted:{folder / 'clock'}"
    _add(settings)


def _add(settings: Mapping[str, str]) -> None:
    os.environ.update({name: value for name, value in settings.items() if name not in os.environ})


def _check_form(name: str, value: str) -> None:
    form, example = _FORMS[name]
    if not value:
        raise ConfigurationError(f"{name} is set, but empty (expected {example}; without one: unset {name})")
    if not re.fullmatch(form, value):
        raise ConfigurationError(f"{name}={value[:80]!r}: expected {example}")
