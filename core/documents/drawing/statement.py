"""A statement of the merchant's available money: every line of some days with the balance after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from core.base import clock
from core.base.database import db
from core.base.days import starts_of_day
from core.base.errors import Invalid
from core.base.i18n import gettext as _
from core.base.i18n import in_locale, money_text
from core.base.i18n import lazy_gettext as _l
from core.documents.drawing.invoice import day, plain_amount
from core.documents.drawing.paper import INNER, Cell, Column, Paper
from core.documents.freezing import seller_of
from core.ledger import kinds
from core.ledger.errors import UnknownKind
from core.ledger.models import LedgerEntry, LedgerTransfer
from core.ledger.values import AccountRef
from core.shops.context import ShopContext
from core.shops.letterhead import letterhead
from core.shops.zones import local_day, zone_of

LINES_MAX: Final = 3_000


def statement_pdf(shop: ShopContext, first: date, last: date, *, locale: str) -> bytes:
    """The statement from one day to another, both included. Raises Invalid for more than LINES_MAX lines."""
    zone = zone_of(shop)
    since = starts_of_day(max(first, date(1970, 1, 2)), zone)
    until = starts_of_day(min(last, date(9000, 1, 1)) + timedelta(days=1), zone)
    account = AccountRef(kinds.MERCHANT_AVAILABLE, shop.merchant_id, shop.currency)
    mine = (LedgerEntry.account_id == account.id, LedgerTransfer.id == LedgerEntry.transfer_id)
    before = (
        db.session.scalar(select(func.sum(LedgerEntry.amount_minor)).where(*mine, LedgerTransfer.occurred_at < since))
        or 0
    )
    rows = db.session.execute(
        select(LedgerTransfer.occurred_at, LedgerTransfer.kind, LedgerTransfer.memo, LedgerEntry.amount_minor)
        .where(*mine, LedgerTransfer.occurred_at >= since, LedgerTransfer.occurred_at < until)
        .order_by(LedgerTransfer.occurred_at, LedgerEntry.id)
        .limit(LINES_MAX + 1)
    ).all()
    if len(rows) > LINES_MAX:
        words = _l("These are more than %(count)d lines. Choose fewer days.", count=LINES_MAX)
        raise Invalid(words, fields={"from": words})
    with in_locale(locale):
        return _drawn(shop, (first, last), int(before), rows, locale)


def _drawn(shop: ShopContext, bounds: tuple[date, date], before: int, rows: Any, locale: str) -> bytes:
    head, seller = letterhead(shop.merchant_id), seller_of(shop)
    platform = letterhead(None)
    days = f"{day(bounds[0].isoformat())} – {day(bounds[1].isoformat())}"
    paper = Paper(
        locale=locale,
        title=f"{_('Statement')} {days}",
        made_at=clock.now(),
        author=platform.name,
        foot=(
            f"{platform.name} · {platform.url}",
            _("Made on %(day)s", day=day(local_day(shop, clock.now()).isoformat())),
        ),
        accent=head.accent,
    )
    paper.letterhead(_("Statement"), days, platform.name, (platform.url,))
    came = sum(row.amount_minor for row in rows if row.amount_minor > 0)
    went = sum(row.amount_minor for row in rows if row.amount_minor < 0)
    paper.facts(
        _("For"),
        (seller.name, *seller.lines),
        [
            (_("Balance before"), money_text(before, shop.currency)),
            (_("Came in"), money_text(came, shop.currency)),
            (_("Went out"), money_text(went, shop.currency)),
            (_("Balance after"), money_text(before + came + went, shop.currency)),
        ],
    )
    columns = [
        Column(_("Day"), 36),
        Column(_("What"), INNER - 104),
        Column(_("Amount (%(currency)s)", currency=shop.currency), 34, "R"),
        Column(_("Balance (%(currency)s)", currency=shop.currency), 34, "R"),
    ]
    table: list[list[Cell | str]] = []
    after = before
    for row in rows:
        after += row.amount_minor
        amounts = [plain_amount(amount, shop.currency) for amount in (row.amount_minor, after)]
        table.append([day(row.occurred_at.astimezone(zone_of(shop))), Cell(_label(row.kind), row.memo), *amounts])
    if table:
        paper.table(columns, table)
    else:
        paper.note(_("Nothing moved in these days."))
    return paper.bytes()


def _label(kind: str) -> str:
    try:
        return str(kinds.transfer_kind(kind).label)
    except UnknownKind:
        return kind
