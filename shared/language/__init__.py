"""Languages: comparison and recognition of words, and the fixed texts. One data file each."""
