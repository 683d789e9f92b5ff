"""The core of Concierge: one package, the same in every function."""
