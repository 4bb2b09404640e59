"""How papers look."""
