"""What the function `contacts` does: an organisation's own system, or a file, writes its people."""
