"""Google Chat's incoming webhooks: https://developers.google.com/workspace/chat/quickstart/webhooks"""
