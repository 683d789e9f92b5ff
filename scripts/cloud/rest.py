"""Google's REST APIs for questions that gcloud has no command for, with the operator's own access token."""

from __future__ import annotations

from typing import Any

import httpx

from scripts.cloud import gcloud

_DEADLINE_S = 20.0


class Unanswered(Exception):
    """No answer came, or none that is JSON."""


def ask(method: str, url: str, project: str, body: Any = None) -> tuple[int, Any]:
    """Returns the status and the JSON document of the answer, None for an error. `project` is charged.
    Raises Unanswered, and gcloud.Failed without a token."""
    token = gcloud.ask("auth", "print-access-token")
    headers = {"Authorization": f"Bearer {token}", "X-Goog-User-Project": project}
    try:
        with httpx.Client(timeout=_DEADLINE_S) as http:
            answer = http.request(method, url, headers=headers, json=body)
        return answer.status_code, answer.json() if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unanswered(type(error).__name__) from None
