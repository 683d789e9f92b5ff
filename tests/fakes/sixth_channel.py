"""The example channel of shared/channels/README.md, installed among the channels for a test.

As a pytest plugin (`-p`) it adds itself to the channels' contract suite.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import shared.channels
from shared.channels import Channel

PAGE = Path(shared.channels.__path__[0]) / "README.md"
AT = 1_784_884_627
KIND, KEY, PERSON = "sms", "local-secret", "+221770000001"


def code() -> str:
    """Returns the page's one Python block."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


@contextmanager
def installed() -> Iterator[Path]:
    """Yields the channel's file, which exists during the block."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{KIND}.py"
        path.write_text(code(), "utf-8")
        shared.channels.__path__.append(folder)
        importlib.invalidate_caches()
        try:
            yield path
        finally:
            shared.channels.__path__.remove(folder)
            sys.modules.pop(f"shared.channels.{KIND}", None)
            vars(shared.channels).pop(KIND, None)


def message(text: str, id: str = "m1") -> dict[str, Any]:
    return {"event": "message", "id": id, "from": PERSON, "text": text, "at": AT}


def signed(body: bytes) -> dict[str, str]:
    return {"x-signature": hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}


# As a plugin.


async def _sign(channel: Channel, body: bytes) -> dict[str, str]:
    return signed(body)


def pytest_configure(config: pytest.Config) -> None:
    session = ExitStack()
    session.enter_context(installed())
    config.add_cleanup(session.close)


def pytest_collection_finish() -> None:
    from tests.contract import test_channels as suite

    suite.CASES[KIND] = suite.Case(
        settings={"base_url": "https://sms.example"},
        secrets={"api_key": "api-secret", "hmac_key": KEY},
        message=json.dumps(message("Bonjour")).encode(),
        sign=_sign,
        signature="x-signature",
        to=PERSON,
    )
