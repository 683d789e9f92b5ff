"""Tests of administration over chat, through whole turns."""
