"""Who our tenants are: the cached directory, plugin files by name, validation."""
