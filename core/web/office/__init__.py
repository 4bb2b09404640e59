"""The office of the platform's own staff, under `/office/`: what waits, merchants, money, limits, the audit trail."""

from core.web.office import approvals, audit, home, identity, ledger, limits, merchants, plugins, reviews, staff, work  # noqa: F401
from core.web.office.page import blueprint

__all__ = ["blueprint"]
