"""Chaos test on real processes and Google's emulators: functions are killed at random while people write.

The gateway fails too. Afterwards an auditor compares the messages written with the gateway's calls.
"""
