"""Commands of developers and CI, behind `make`. `local/` is the local run; nothing in here is deployed."""
