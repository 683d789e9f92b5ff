"""Slack's incoming webhooks and buttons: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""
