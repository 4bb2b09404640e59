"""Carriers and warehouses; for now rates that a merchant sets by hand."""
