"""Merchants, their storefronts, domains and choice of plugins."""
