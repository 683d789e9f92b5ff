"""The tenants: the cached directory, and plugin files by name."""
