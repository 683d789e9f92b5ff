"""Words of each language: how they are compared and understood, and the fixed texts. One data file each."""
