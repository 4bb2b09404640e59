"""Fixtures for authors of plugins; pytest finds them through the `pytest11` entry point."""
