"""The audit trail: who did what to what, hash-chained, append-only."""

from core.audit.service import record

__all__ = ["record"]
