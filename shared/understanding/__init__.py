"""Understanding of texts without a language model: signs of an emergency, a wish for a human, an opt-out …"""
