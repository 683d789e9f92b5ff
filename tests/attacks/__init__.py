"""Attempts on the data of others: short conversations, each of which must get no row, page or file."""
