"""The audit trail: who did what to what, hash-chained, append-only."""
