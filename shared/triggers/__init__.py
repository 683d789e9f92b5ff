"""What the function `triggers` does: it plans occurrences, and begins the messages that are due."""
