"""Chaos on real processes: every function its own, on Google's emulators, killed at random moments while many
people write and the gateway fails. Then an auditor compares what went in with what the gateway got."""
