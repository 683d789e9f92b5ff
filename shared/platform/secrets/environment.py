"""Secrets from environment variables, or from a .env file beside the code: for a laptop and for tests.

`diocese-waha-api-key` is the variable `SECRET_DIOCESE_WAHA_API_KEY`, and `SECRET_DIOCESE_WAHA_API_KEY_BEFORE`
its value before a rotation. A vendor's key is found by its usual name too: `anthropic-api-key` is also
`ANTHROPIC_API_KEY`. The environment wins over the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.errors import ConfigurationError

_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.ASCII)
#: One word before it: a channel's key has its tenant's name and the gateway's.
_VENDORS_KEY = re.compile(r"[a-z]+-api-key")


class EnvironmentSecrets:
    def __init__(self, env_file: Path | None, environ: Mapping[str, str]) -> None:
        """Takes the variables, and a file that may be created later and is read again when it has changed.

        `env_file` holds KEY=value lines, comments after a `#` at their start, and values with or without
        quotes.
        """
        self._env_file = env_file
        self._environ = environ
        self._version: tuple[int, int, int] | None = None
        self._values: dict[str, str] = {}

    async def get(self, name: str) -> str:
        """Returns the value as the port says.

        An empty value is refused: an empty key would verify any signature.
        """
        variable, usual = _variable(name), _usual(name)
        value = self._value(variable) or (self._value(usual) if usual else "")
        if not value:
            places = "the environment" + (f" or {self._env_file}" if self._env_file else "")
            raise ConfigurationError(f"secret {name}: no value (expected {usual or variable} in {places})")
        return value

    async def others(self, name: str) -> Sequence[str]:
        """Returns the value before a rotation, from the variable with the suffix `_BEFORE`."""
        before = self._value(_variable(name) + "_BEFORE")
        return [before] if before else []

    def _value(self, variable: str) -> str:
        return self._environ.get(variable) or self._from_file().get(variable) or ""

    def check(self) -> None:
        """Raises ConfigurationError if the file exists and cannot be read."""
        self._from_file()

    def _from_file(self) -> dict[str, str]:
        if self._env_file is None:
            return {}
        try:
            found = self._env_file.stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            if version != self._version:
                self._values = _parse(self._env_file)
                self._version = version
        except FileNotFoundError:
            self._values, self._version = {}, None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self._env_file}: cannot be read ({type(error).__name__})") from None
        return self._values


def _variable(name: str) -> str:
    return "SECRET_" + _capitals(name)


def _usual(name: str) -> str:
    """Returns the variable in which a vendor's own tools expect its key, "" if the secret is no such key."""
    return _capitals(name) if _VENDORS_KEY.fullmatch(name) else ""


def _capitals(name: str) -> str:
    return name.replace("-", "_").upper()


def _parse(path: Path) -> dict[str, str]:
    """Reads the file. Raises ConfigurationError that names the line, never its content."""
    values = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigurationError(f"{path}:{number}: expected KEY=value, a comment or nothing")
        values[match[1]] = _unquoted(match[2])
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
