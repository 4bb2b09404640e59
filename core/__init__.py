"""The host: knows shops, people, goods and money, and never a plugin by name."""

__version__ = "0.1.0"
"""The one place where the version stands; setup.cfg reads it, and plugins name the versions that they fit."""
