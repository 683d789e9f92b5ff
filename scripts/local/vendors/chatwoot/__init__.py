"""Chatwoot, with one account and one API channel: https://developers.chatwoot.com/api-reference/introduction"""
