"""Vendors' errors as Failures: one place for the meaning of a status, a code and a vendor's words.

Sources: https://platform.claude.com/docs/en/api/errors, https://platform.openai.com/docs/guides/error-codes,
https://openrouter.ai/docs/api-reference/errors, https://api-docs.deepseek.com/quick_start/error_codes,
https://ai.google.dev/gemini-api/docs/troubleshooting. The vendors' words are read here and go no further:
they may quote the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.errors import ConfigurationError
from shared.formats import wire
from shared.llm import Failure, ModelFailed
from shared.platform import google_ai

#: The longest wait (s) that a vendor's word is believed for, as in HttpAnswer.retry_after.
LONGEST = 3600.0

#: Codes, in any of a vendor's fields, that tell more than the status. 1113 is Z.ai's.
_CODES = {
    Failure.SPENT: {
        "insufficient_quota", "billing_error", "billing_hard_limit_reached", "payment_required",
        "enforced_spend_limit_reached", "1113",
    },
    Failure.TOO_LONG: {"context_length_exceeded", "request_too_large", "string_above_max_length"},
    Failure.REFUSED_KEY: {
        "invalid_api_key", "api_key_invalid", "authentication_error", "permission_error", "model_not_found",
        "failed_precondition",
    },
}  # fmt: skip
#: A vendor's words that tell more than the status of a 4xx.
_WORDS = {
    Failure.SPENT: re.compile(
        r"credit balance|insufficient (credit|balance|fund)|credits? (are|is) (depleted|exhausted)"
        r"|spend\w* (cap|limit)|billing hard limit"
    ),
    Failure.TOO_LONG: re.compile(
        r"(prompt|input|request|payload) (is )?too (long|large)|tokens must be reduced"
        r"|context (length|window)|token count .*exceeds"
    ),
    Failure.REFUSED_KEY: re.compile(r"api key|model\b.{0,80}(not exist|not found|not a valid|no longer)"),
}
#: Characters of a message that count: further on, it may quote a person.
_BEGINNING = 300
_CONTENT = {"content_policy_violation", "content_filter", "content_filtered", "moderation_error"}
_AGAIN = re.compile(r"(?:try again|retry) in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]{1,12})(ms|s))?")


def error_in(body: Any) -> Mapping[str, Any]:
    """Returns the error object in a body, empty if it has none. Vertex AI wraps it in a list."""
    found = body[0] if isinstance(body, list) and body else body
    error = wire.inside(found, "error")
    if isinstance(error, str):  # Ollama
        return {"message": error}
    if isinstance(error, dict):
        return error
    is_error = wire.words(found, "object") == "error"  # vLLM
    return found if is_error else {}


def failed(
    vendor: str, model: str, status: int, error: Mapping[str, Any], after: float | None = None
) -> ModelFailed:
    """Returns the failure for an error with this HTTP status; `after` is the wait (s) in its headers.

    Its cause is a ConfigurationError if only a person can mend it.
    """
    found = _failure(status, _codes(error), wire.words(error, "message")[:_BEGINNING].lower())
    wait = after if after is not None else _wait(error)
    failure = ModelFailed(found, f"{vendor}_{status}", after=wait)
    if found in (Failure.REFUSED_KEY, Failure.BAD_REQUEST):
        failure.__cause__ = ConfigurationError(
            f"{vendor}: answered {status} for model {model!r}: expected a model, a key and an address (or "
            "Vertex AI project and location) that belong together"
        )
    return failure


def garbled(vendor: str) -> ModelFailed:
    """Returns the failure for an answer that is not in the vendor's format."""
    return ModelFailed(Failure.MALFORMED, f"{vendor}_garbled")


def is_of_content(error: Mapping[str, Any]) -> bool:
    """Whether the vendor refuses the conversation's content, by an error instead of an answer."""
    metadata = wire.inside(error, "metadata")
    flagged = isinstance(metadata, dict) and bool({"patterns", "flagged_input", "reasons"} & metadata.keys())
    return flagged or bool(_codes(error) & _CONTENT)


def _failure(status: int, codes: set[str], words: str) -> Failure:
    for failure, known in _CODES.items():
        if codes & known:
            return failure
    if 400 <= status < 500:
        for failure, pattern in _WORDS.items():
            if pattern.search(words) and not (status == 429 and failure is Failure.REFUSED_KEY):
                return failure
    by_status = {
        401: Failure.REFUSED_KEY, 402: Failure.SPENT, 403: Failure.REFUSED_KEY, 404: Failure.REFUSED_KEY,
        408: Failure.BUSY, 409: Failure.BUSY, 413: Failure.TOO_LONG, 429: Failure.RATE,
    }  # fmt: skip
    return by_status.get(status, Failure.BUSY if status >= 500 else Failure.BAD_REQUEST)


def _codes(error: Mapping[str, Any]) -> set[str]:
    """Returns the vendor's names of an error, from all the fields in which vendors write them."""
    reasons = [wire.inside(detail, "reason") for detail in wire.items(error, "details")]
    places = (
        ("code",), ("type",), ("status",),
        ("metadata", "error_type"), ("details", "error_code"), ("availability", "code"),
    )  # fmt: skip
    found = [*(wire.inside(error, *place) for place in places), *reasons]
    return {str(each).lower() for each in found if isinstance(each, str | int)}


def _wait(error: Mapping[str, Any]) -> float | None:
    """Returns the seconds that an error's body asks us to wait, or None.

    From google.rpc.RetryInfo (`{"retryDelay": "34.4s"}`), OpenRouter's `availability`, or OpenAI's words.
    """
    told = google_ai.retry_delay({"error": error})
    if told is None:
        told = wire.inside(error, "availability", "retry_after")
    if isinstance(told, int | float) and not isinstance(told, bool) and told >= 0:
        return min(float(told), LONGEST)
    match = _AGAIN.search(wire.words(error, "message").lower())
    return _seconds(match) if match and any(match.groups()) else None


def _seconds(match: re.Match[str]) -> float | None:
    hours, minutes, number, unit = match.groups()
    try:
        rest = float((number or "0").rstrip(".")) / (1000 if unit == "ms" else 1)
    except ValueError:  # two points in a number
        return None
    return min(int(hours or 0) * 3600 + int(minutes or 0) * 60 + rest, LONGEST)
