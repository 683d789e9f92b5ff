"""The seeded simulation of the whole pipeline: README.md says what it holds and how to run it."""
