"""Sources of tenants' knowledge: read again when they are due, and kept as pieces."""
