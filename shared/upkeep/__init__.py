"""Looks after the channels' gateways: who administers them, who pairs them, and who notices that one is
lost."""
