"""Foreign formats: WhatsApp ids, phone numbers, text marks, untyped JSON."""
