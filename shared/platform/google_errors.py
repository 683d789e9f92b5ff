"""Errors of Google's clients (google-api-core), imported with the first call of an adapter."""

from __future__ import annotations


def transient() -> tuple[type[Exception], ...]:
    """Returns the errors after which the same call may succeed:
    https://cloud.google.com/apis/design/errors#handling_errors"""
    from google.api_core import exceptions

    return (
        exceptions.Aborted,
        exceptions.DeadlineExceeded,
        exceptions.InternalServerError,
        exceptions.ResourceExhausted,
        exceptions.ServiceUnavailable,
        exceptions.Unknown,
    )
