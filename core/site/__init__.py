"""The shop as its merchant shapes it: pages, menus, the look, each with drafts and versions."""
