"""`make secrets PROJECT=… ENV=… [SECRET=name]`: asks for the values of secrets without showing them.

Without a name it asks for the secrets that have no value yet, of the functions and of the tenants in
infra/tenants (with DEMO=1 also of the demo tenants). A value goes from the keyboard into gcloud's standard
input: it is in no file, no history, no list of processes and no state of Terraform.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterable, Mapping

from scripts import deployment, manifest, tenant_file
from scripts.cloud import demo, gcloud
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of


def uses(*, demo: bool) -> dict[str, str]:
    """Returns the secrets of a deployment by name, each with its uses in words. Raises ConfigurationError if
    a tenant's file is wrong."""
    found: dict[str, list[str]] = {}
    for function in manifest.load().functions.values():
        for name in function.own_secrets:
            found.setdefault(name, []).append(f"the function {function.name}")
    for path in tenant_file.files(tenant_file.FOLDER, demo=demo):
        file = tenant_file.load(path)
        for secret in tenant_file.secrets(file):
            use = f"{file.tenant.tenant}: {secret.role} of the {secret.owner}"
            found.setdefault(secret.name, []).append(use)
    return {name: ", ".join(found[name]) for name in sorted(found)}


def wanting(project: str, among: Iterable[str]) -> list[str]:
    """Returns the secrets without an enabled version. Raises gcloud.Failed, also if a secret does not exist
    yet."""
    return [name for name in among if not _has_value(project, name)]


def store(project: str, name: str, value: str) -> None:
    gcloud.ask("secrets", "versions", "add", name, f"--project={project}", "--data-file=-", given=value)


def fill(project: str, asked: Mapping[str, str], prompt: Callable[[str], str]) -> int:
    """Asks for each value, by name and use, and returns how many were stored; an empty answer changes
    nothing."""
    stored = 0
    for name, use in asked.items():
        if value := prompt(f"{name}, for {use} (not shown; Enter to leave it): "):
            store(project, name, value)
            stored += 1
    return stored


def _has_value(project: str, name: str) -> bool:
    kept = "--filter=state=ENABLED", "--limit=1", "--format=value(name)"
    try:
        return bool(gcloud.ask("secrets", "versions", "list", name, f"--project={project}", *kept))
    except gcloud.Failed as failed:
        if "NOT_FOUND" in str(failed):
            raise gcloud.Failed(f"{failed}\n  {name} is not there yet: make deploy makes it") from None
        raise


def main() -> None:
    parser = argparse.ArgumentParser(prog="make secrets", description="Asks for the values of secrets.")
    parser.add_argument("secret", nargs="?", default="")
    secret = parser.parse_args().secret
    try:
        target = deployment.required()
        if not sys.stdin.isatty():
            sys.exit("secrets can only be entered in a terminal, without echo")
        known = uses(demo=demo.asked_for(target))
        if secret and secret not in known:
            sys.exit(f"SECRET={secret}: is not a secret of this deployment ({one_of(known)})")
        asked = [secret] if secret else wanting(target.project, known)
        stored = fill(target.project, {name: known[name] for name in asked}, getpass.getpass)
    except (ConfigurationError, gcloud.Failed) as error:
        sys.exit(str(error))
    print(f"{stored} of {len(asked)} stored; functions use them within a minute")


if __name__ == "__main__":
    main()
