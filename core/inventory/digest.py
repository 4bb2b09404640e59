"""A letter to whoever runs a shop when goods become scarce: once for each new list, at most once a day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.base.database import db
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.i18n import ngettext
from core.base.transactions import end_read, transactional
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.inventory.queries import StockRow, low_stock_count, stock_page
from core.messages.service import send
from core.parties.models import Membership, Person
from core.shops.letterhead import letterhead
from core.shops.models import Merchant

SHOWN_MAX = 25
READERS = ("owner", "manager")


def write_digests() -> int:
    """Job: write to every shop in which something has become scarce since the last letter. Returns how many shops."""
    merchants = db.session.scalars(select(Merchant.id).where(Merchant.status == "active").order_by(Merchant.id)).all()
    end_read()
    written = 0
    for merchant_id in merchants:
        count = low_stock_count(merchant_id)
        rows = stock_page(merchant_id, only="low", limit=SHOWN_MAX).rows if count else ()
        end_read()
        if rows:
            _write(merchant_id, count, rows)
            written += 1
    return written


@transactional
def _write(merchant_id: str, count: int, rows: Sequence[StockRow]) -> None:
    listed = "|".join(sorted(row.variant_id for row in rows))
    mark = hashlib.sha256(f"{count}|{listed}".encode()).hexdigest()[:24]
    console = f"{letterhead(None).url}/console/stock?only=low"
    values = {
        "count": count,
        "rows": [[" · ".join(part for part in (row.name, row.label) if part), row.available] for row in rows],
        "url": console,
    }
    readers = db.session.execute(
        select(Person.id, Person.email, Person.locale)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == merchant_id, Membership.role.in_(READERS))
    ).all()
    for reader in readers:
        key = f"stock.low:{merchant_id}:{reader.id}:{mark}"
        send("stock.low", to=reader.email, locale=reader.locale, values=values, merchant_id=merchant_id, key=key)


def _low(values: Mapping[str, Any], head: Letterhead) -> Letter:
    count = values["count"]
    said = ngettext("%(num)d thing is running out", "%(num)d things are running out", count)
    more = count - len(values["rows"])
    closing = (ngettext("And %(num)d more.", "And %(num)d more.", more),) if more > 0 else ()
    return Letter(
        subject=f"{head.name}: {said}",
        lines=(_("This is what is left of them:"),),
        items=tuple((name, str(left)) for name, left in values["rows"]),
        action=(_("Look at the stock"), values["url"]),
        closing=closing,
    )


KINDS = (MessageKind("stock.low", _l("Low stock"), _low),)
