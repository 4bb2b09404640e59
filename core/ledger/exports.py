"""A merchant's statement as a list to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from core.base.days import days_of
from core.base.i18n import lazy_gettext as _
from core.base.money import Money
from core.contract.exports import ExportList
from core.ledger import kinds
from core.ledger.errors import UnknownKind
from core.ledger.models import LedgerAccount, LedgerEntry, LedgerTransfer


def _query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            *(LedgerTransfer.occurred_at, LedgerTransfer.kind, LedgerTransfer.reference, LedgerTransfer.memo),
            *(LedgerEntry.amount_minor, LedgerEntry.balance_after, LedgerAccount.currency, LedgerTransfer.id),
        )
        .join(LedgerTransfer, LedgerTransfer.id == LedgerEntry.transfer_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.owner == merchant_id, LedgerAccount.kind == kinds.MERCHANT_AVAILABLE)
        .order_by(LedgerEntry.id)
    )
    first, after = days_of(filters)
    if first is not None:
        query = query.where(LedgerTransfer.occurred_at >= first)
    return query if after is None else query.where(LedgerTransfer.occurred_at < after)


def _label(kind: str) -> str:
    try:
        return str(kinds.transfer_kind(kind).label)
    except UnknownKind:
        return kind


def _row(found: Any) -> list[object]:
    after = found.balance_after
    return [
        found.occurred_at,
        _label(found.kind),
        found.reference,
        found.memo,
        Money(found.amount_minor, found.currency),
        None if after is None else Money(after, found.currency),
        found.currency,
        found.id,
    ]


STATEMENT = ExportList(
    name="ledger.statement",
    label=_("Statement of the balance"),
    permission="money.view",
    columns=(
        *(_("When"), _("What"), _("Reference"), _("Note"), _("Amount"), _("Balance after"), _("Currency")),
        _("Transfer"),
    ),
    query=_query,
    row=_row,
    filters=frozenset({"from", "to"}),
    order=60,
)
