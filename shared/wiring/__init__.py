"""The ports plugged in once, and the parts of each function."""
