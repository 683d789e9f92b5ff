"""Others' notations: WhatsApp ids, phone numbers, text marks, untyped JSON."""
