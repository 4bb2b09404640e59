"""The platform's own invoices: once a month, to each merchant, for the fees of the month before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from babel.dates import format_skeleton
from flask import current_app
from flask_babel import get_locale
from sqlalchemy import exists, func, insert, select

from core.base import clock
from core.base.config import Config
from core.base.database import db, table_of
from core.base.i18n import gettext as _
from core.base.i18n import in_locale
from core.base.ids import new_id
from core.base.money import PPM, round_minor
from core.base.outbox import emit
from core.base.transactions import transactional
from core.documents.content import PaperContent, PaperLine, PaperTax, Party
from core.documents.freezing import seller_of
from core.documents.models import PLATFORM, Invoice
from core.documents.numbering import PREFIXES, code_of, next_number
from core.documents.service import write_taxes
from core.ledger import kinds
from core.ledger.models import LedgerAccount, LedgerEntry, LedgerTransfer
from core.shops.letterhead import letterhead
from core.shops.queries import shop_context

AT_ONCE: Final = 100
FEE_ACCOUNT: Final = "platform_fees"


def issue_fee_invoices(limit: int = AT_ONCE) -> int:
    """Job: issue what is due for the month before this one (UTC), a merchant at a time. Returns how many."""
    first, after = last_month(clock.now())
    period = f"{first:%Y-%m}"
    due = db.session.execute(
        select(LedgerTransfer.merchant_id, LedgerEntry.currency)
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(
            LedgerAccount.kind == FEE_ACCOUNT,
            LedgerTransfer.merchant_id.is_not(None),
            LedgerTransfer.occurred_at >= first,
            LedgerTransfer.occurred_at < after,
            ~exists().where(
                Invoice.merchant_id == LedgerTransfer.merchant_id,
                Invoice.series == "fee",
                Invoice.period == period,
                Invoice.currency == LedgerEntry.currency,
            ),
        )
        .distinct()
        .limit(limit)
    ).all()
    for merchant_id, currency in due:
        issue_fee_invoice(str(merchant_id), currency, first)
    return len(due)


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """The first moment of the month before, and of this one."""
    this = datetime(now.year, now.month, 1, tzinfo=UTC)
    return (this - timedelta(days=1)).replace(day=1), this


@transactional
def issue_fee_invoice(merchant_id: str, currency: str, first: datetime) -> str | None:
    """Issue the invoice for the fees of the month that begins at `first`. The same when called again; None for none."""
    period = f"{first:%Y-%m}"
    shop = shop_context(merchant_id)
    before = db.session.scalar(
        select(Invoice.id).where(
            Invoice.merchant_id == merchant_id,
            Invoice.series == "fee",
            Invoice.period == period,
            Invoice.currency == currency,
        )
    )
    sums = _sums(merchant_id, currency, first, (first + timedelta(days=32)).replace(day=1))
    if before is not None or not sums:
        return before
    moment, paper_id = clock.now(), new_id("inv")
    # The platform's numbers are one line for all merchants: whoever issues waits for the one before.
    number = next_number(PLATFORM, "fee", moment.year)
    code = code_of(PREFIXES["fee"], moment.year, number)
    with in_locale(shop.locale):
        content = _content(merchant_id, first, sums)
    db.session.execute(
        insert(table_of(Invoice)).values(
            merchant_id=merchant_id,
            id=paper_id,
            issuer=PLATFORM,
            series="fee",
            year=moment.year,
            number=number,
            code=code,
            order_code="",
            period=period,
            currency=currency,
            total_minor=sum(amount for _kind, amount, _count in sums),
            tax_minor=sum(tax.tax_minor for tax in content.taxes),
            buyer_name=content.buyer.name[:200],
            country="",
            locale=shop.locale,
            content=content.as_json(),
            issued_at=moment,
        )
    )
    write_taxes(merchant_id, paper_id, content.taxes)
    emit("fee_invoice.issued", {"invoice_id": paper_id, "number": code, "period": period}, merchant_id=merchant_id)
    return paper_id


def _sums(merchant_id: str, currency: str, first: datetime, after: datetime) -> list[tuple[str, int, int]]:
    """What went to the platform in these days by kind of transfer, in minor units, and how often."""
    rows = db.session.execute(
        select(LedgerTransfer.kind, func.sum(LedgerEntry.amount_minor), func.count())
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(
            LedgerAccount.kind == FEE_ACCOUNT,
            LedgerEntry.currency == currency,
            LedgerTransfer.merchant_id == merchant_id,
            LedgerTransfer.occurred_at >= first,
            LedgerTransfer.occurred_at < after,
        )
        .group_by(LedgerTransfer.kind)
        .order_by(func.sum(LedgerEntry.amount_minor).desc())
    )
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def _content(merchant_id: str, first: datetime, sums: list[tuple[str, int, int]]) -> PaperContent:
    config: Config = current_app.config["TONGBAO"]
    shop, head = shop_context(merchant_id), letterhead(None)
    total = sum(amount for _kind, amount, _count in sums)
    tax = round_minor(Decimal(total) * config.fee_tax_ppm / (PPM + config.fee_tax_ppm))
    return PaperContent(
        seller=Party(
            config.company or head.name,
            tuple(filter(None, (*config.company_address.split("; "), config.company_id, head.url))),
            config.company_id,
        ),
        buyer=seller_of(shop),
        lines=tuple(PaperLine(_word(kind), "", count, 0, amount) for kind, amount, count in sums),
        taxes=(PaperTax(_("Tax") if config.fee_tax_ppm else "", config.fee_tax_ppm, total - tax, tax),),
        issued_on=clock.now().date().isoformat(),
        payment_note=_("The fees were kept when money was released. Nothing is to be paid."),
        accent=head.accent,
        extra={"period": _month(first)},
    )


def _word(kind: str) -> str:
    words = {"escrow_released": _("Fees on sales"), "fee_returned": _("Fees given back with refunds")}
    return words.get(kind) or str(kinds.transfer_kind(kind).label)


def _month(first: datetime) -> str:
    written: Any = format_skeleton("yMMMM", first, locale=get_locale() or "en")
    return str(written)
