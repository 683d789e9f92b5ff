"""Tests that catch mutations, as pytest's arguments."""

from __future__ import annotations

DEPLOYMENT = ("tests/infra/test_terraform.py", "-k", "test_the_deployment")


def named(file: str, test: str) -> tuple[str, ...]:
    return (f"tests/infra/{file}.py", "-k", test)


def plan(test: str) -> tuple[str, ...]:
    return named("test_plan", test)


def kept(test: str) -> tuple[str, ...]:
    return named("test_kept", test)
