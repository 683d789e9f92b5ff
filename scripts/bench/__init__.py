"""`make bench`: measures the product's targets, prints a table and writes build/bench.json.

Everything runs as it is deployed: the functions framework's own command, only the packages of the function's
own lock, Google's emulators behind the adapters. A ratio compares two things of the same run, taken in turns,
so that a busy machine slows both.
"""
