"""Settings of a function from its environment, read once. The manifest declares every name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import ConfigurationError

PREFIX = "CONCIERGE_"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True)
class Settings:
    """Settings of one process. Adapters are chosen by `kind:where`.

    store       `sqlite:PATH` or `firestore:PROJECT[/DATABASE]`
    bus         `sqlite:PATH` or `pubsub:PROJECT`
    secrets     `environment[:FILE]` or `secret_manager:PROJECT`
    traces      `off`, `log` (for the local view), `cloud:PROJECT`, or `otlp:URL` (a collector's /v1/traces)
    blobs       `folder:PATH`, `gs://BUCKET[/PREFIX]` or `s3://BUCKET[/PREFIX]`; for functions with files
    wake_ahead  `on` or `off`: whether a new or idle webhook starts the functions after it
    embeddings  `local`, `gemini[:MODEL]` or `off`: whose vectors compare questions and knowledge by meaning
    origin      public address of the functions, `ORIGIN/FUNCTION`; for functions that pass on addresses
    client_ip   header in which our own front end writes a client's address
    clock       `system`, or `shifted:FILE` for a local run, whose time can be moved forward
    """

    store: str
    bus: str
    secrets: str
    log_level: str = "info"
    traces: str = "off"
    blobs: str = ""
    origin: str = ""
    wake_ahead: str = "off"
    embeddings: str = "off"
    client_ip: str = "x-forwarded-for"
    clock: str = "system"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Reads the environment. Raises ConfigurationError for a missing or unknown name."""
        given = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        known = {PREFIX + field.upper(): field for field in cls.__dataclass_fields__}
        if unknown := sorted(set(given) - set(known)):
            expected = ", ".join(sorted(known))
            raise ConfigurationError(
                f"environment: {unknown[0]} is not a setting (expected one of {expected})"
            )
        for name in ("STORE", "BUS", "SECRETS"):
            if not given.get(PREFIX + name):
                raise ConfigurationError(f"environment: {PREFIX}{name} is not set (expected kind:where)")
        settings = cls(**{known[name]: value for name, value in given.items()})
        if settings.log_level not in LOG_LEVELS:
            expected = ", ".join(LOG_LEVELS)
            raise ConfigurationError(
                f"environment: CONCIERGE_LOG_LEVEL is {settings.log_level!r} (expected one of {expected})"
            )
        return settings
