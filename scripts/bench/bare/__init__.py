"""Minimal functions to compare ours with: the same framework, without the concierge."""
