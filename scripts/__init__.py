"""What developers and CI run, behind `make`. `local/` is the local run; nothing in here is deployed."""
