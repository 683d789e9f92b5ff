"""Unit tests of contacts."""
