"""Named refusals about papers."""

from __future__ import annotations

from core.base.errors import NotFound, Refused


class InvoiceNotFound(NotFound):
    """There is no such paper here."""


class NotYetIssued(Refused):
    """The order has no invoice: it is not paid, or the worker has not come to it yet."""
