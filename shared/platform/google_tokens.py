"""Access to Google's APIs for a service account, by its key.

https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from shared.errors import ConfigurationError
from shared.platform.http import Http, Unanswered, Unreachable

TOKENS = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Seconds for which a token is asked.
_LIFE_S = 3_600


class NoToken(Exception):
    """Google gave no token. The text is a sentence for the operator: the reason and the remedy."""


async def token(http: Http, key: str, scope: str, now: datetime, tokens: str = TOKENS) -> str:
    """Returns a token of an hour. Raises NoToken; ConfigurationError if `key` is no service account's."""
    assertion = _signed(_read(key), scope, now)
    try:
        answer = await http.request(
            "POST", tokens, params={"grant_type": _GRANT, "assertion": assertion}, timeout=15.0
        )
    except (Unreachable, Unanswered):
        raise NoToken("Google did not answer: it is tried again.") from None
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = {}
    if answer.status == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
        return str(body["access_token"])
    if answer.status in (400, 401, 403):
        raise NoToken("Google refuses the service account's key: store a new one.")
    raise NoToken("Google gave no access: it is tried again.")


def _read(key: str) -> dict[str, Any]:
    try:
        found = json.loads(key)
        return {name: found[name] for name in ("client_email", "private_key")}
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError("secrets.service_account: expected a service account's key, JSON") from None


def _signed(account: dict[str, Any], scope: str, now: datetime) -> str:
    """Returns the assertion: a JSON Web Token, signed with RS256 (RFC 7515)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    issued = int(now.timestamp())
    claims = {
        "iss": account["client_email"],
        "scope": scope,
        "aud": TOKENS,
        "iat": issued,
        "exp": issued + _LIFE_S,
    }
    text = f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    try:
        private = load_pem_private_key(str(account["private_key"]).encode(), None)
    except ValueError:
        raise ConfigurationError("secrets.service_account: its private_key is no key") from None
    if not isinstance(private, RSAPrivateKey):
        raise ConfigurationError("secrets.service_account: its private_key is not RSA")
    return f"{text}.{_base64(private.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
