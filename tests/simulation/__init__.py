"""Seeded simulation of the whole pipeline; README.md lists the promises it checks and the commands."""
