"""Tongbao's host: it knows shops, people, goods and money, and never imports plugins."""

__version__ = "0.1.0"
