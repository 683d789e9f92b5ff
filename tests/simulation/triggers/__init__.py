"""Triggers in the simulation: a tenant's rules, what happens to them and to people, and their audit."""
