"""How programs come in: keys with scopes, OAuth2 clients, limits, and answers kept for a second try."""
