"""Gift wrap with a card, for shops on Tongbao."""

__version__ = "1.0.0"
PLUGIN = "giftwrap"
