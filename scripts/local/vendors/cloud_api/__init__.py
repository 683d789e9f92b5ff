"""Meta's Cloud API of WhatsApp: https://developers.facebook.com/documentation/business-messaging/whatsapp/."""
