"""The office of the platform's own staff, under `/office/`: what waits, merchants, money, limits, the audit trail."""

from core.web.office import (  # noqa: F401
    approvals,
    audit,
    fees,
    home,
    identity,
    ledger,
    limits,
    merchants,
    plugins,
    reconciliation,
    reviews,
    search,
    staff,
    things,
    work,
)
from core.web.office.page import blueprint

__all__ = ["blueprint"]
