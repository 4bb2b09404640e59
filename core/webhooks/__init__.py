"""Webhooks: merchants' own systems are told what happened, signed, again and again until they heard it."""
