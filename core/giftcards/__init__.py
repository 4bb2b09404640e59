"""Gift cards: money of their holders, kept on the ledger, that pays for orders of one shop."""
