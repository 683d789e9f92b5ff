"""A tenant's knowledge: the language of a text, the index over its entries, and the library that keeps it."""
