"""Triggers in the simulation: a tenant's rules, the events around them, and their audit."""
