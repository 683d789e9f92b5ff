"""A tenant's knowledge: the index over its entries, and the library that caches the index."""
