"""Worlds with services: proofs of identity by a code, and the records of others."""
