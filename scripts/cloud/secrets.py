"""`make secrets PROJECT=… [SECRET=name]`: asks for the values of secrets without showing them.

Without a name it asks for the secrets that have no value yet. A value goes from the keyboard into gcloud's
standard input: it is in no file, no history, no list of processes and no state of Terraform.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable

from scripts import manifest, tenant_file
from scripts.cloud import gcloud
from shared.errors import ConfigurationError
from shared.formats.json_schema import one_of


def names() -> list[str]:
    """Returns the secrets of all tenants and our own. Raises ConfigurationError if a tenant's file is
    wrong."""
    files = [tenant_file.load(path) for path in sorted(tenant_file.FOLDER.glob("*.yaml"))]
    found = {secret.name for file in files for secret in tenant_file.secrets(file)}
    return sorted(found | set(manifest.load().own_secrets))


def wanting(project: str, among: list[str]) -> list[str]:
    """Returns the secrets without an enabled version. Raises gcloud.Failed, also if a secret does not exist
    yet."""
    return [name for name in among if not _has_value(project, name)]


def store(project: str, name: str, value: str) -> None:
    gcloud.ask("secrets", "versions", "add", name, f"--project={project}", "--data-file=-", given=value)


def fill(project: str, among: list[str], prompt: Callable[[str], str]) -> int:
    """Asks for each value and returns how many were stored; an empty answer changes nothing."""
    stored = 0
    for name in among:
        if value := prompt(f"{name} (not shown; Enter to leave it): "):
            store(project, name, value)
            stored += 1
    return stored


def _has_value(project: str, name: str) -> bool:
    kept = "--filter=state=ENABLED", "--limit=1", "--format=value(name)"
    return bool(gcloud.ask("secrets", "versions", "list", name, f"--project={project}", *kept))


def main() -> None:
    parser = argparse.ArgumentParser(description="Asks for the values of secrets.")
    parser.add_argument("project", type=gcloud.project)
    parser.add_argument("secret", nargs="?", default="")
    arguments = parser.parse_args()
    if not sys.stdin.isatty():
        sys.exit("secrets can only be entered in a terminal, without echo")
    try:
        known = names()
        if arguments.secret and arguments.secret not in known:
            sys.exit(f"SECRET={arguments.secret}: is not a secret of ours ({one_of(known)})")
        asked = [arguments.secret] if arguments.secret else wanting(arguments.project, known)
        stored = fill(arguments.project, asked, getpass.getpass)
    except (ConfigurationError, gcloud.Failed) as error:
        sys.exit(str(error))
    print(f"{stored} of {len(asked)} stored; functions use them within a minute")


if __name__ == "__main__":
    main()
