"""The functions that ours are compared with: the same framework, and nothing of the concierge in between."""
