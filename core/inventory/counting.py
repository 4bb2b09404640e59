"""Counting what lies there: a session of days, sales going on meanwhile; applied at once in the end."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, literal, null, select, update

from core.audit.service import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.models import Product, ProductCategory, Variant
from core.inventory.errors import WrongState
from core.inventory.models import Location, Stock, StockCount, StockCountLine, StockLevel
from core.inventory.service import QUANTITY_MAX, set_stock_many
from core.parties.roles import require_permission

PERMISSION = "stock.edit"
BATCH = 500


@transactional
def start_count(
    merchant_id: str, name: str, *, location_id: str | None = None, category_id: str | None = None, actor_id: str
) -> str:
    """Begin to count a place (or everything), of one category or of all. Raises Invalid, NotFound, RoleNotEnough."""
    require_permission(actor_id, merchant_id, PERMISSION)
    name = " ".join(name.split())
    if not name or len(name) > 80:
        words = _("Give the count a name, such as “Year's end”.")
        raise Invalid(words, fields={"name": words})
    if location_id is not None and db.session.get(Location, (merchant_id, location_id)) is None:
        raise NotFound(_("There is no such location."))
    count_id = new_id("cnt")
    db.session.execute(
        insert(StockCount).values(
            merchant_id=merchant_id,
            id=count_id,
            name=name,
            location_id=location_id,
            state="open",
            created_by=actor_id,
            created_at=clock.now(),
        )
    )
    chosen = (
        select(Stock.merchant_id, literal(count_id), Stock.variant_id, null(), null())
        .join(Variant, (Variant.merchant_id == Stock.merchant_id) & (Variant.id == Stock.variant_id))
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .where(Stock.merchant_id == merchant_id, Stock.tracked, Variant.active, Product.archived.is_(False))
    )
    if category_id:
        standing = select(ProductCategory.product_id).where(
            ProductCategory.merchant_id == merchant_id, ProductCategory.category_id == category_id
        )
        chosen = chosen.where(Variant.product_id.in_(standing))
    names = ["merchant_id", "count_id", "variant_id", "expected", "counted"]
    written = db.session.connection().execute(insert(StockCountLine).from_select(names, chosen))
    if not written.rowcount:
        raise Invalid(_("There is nothing to count here."))
    return count_id


def _open(merchant_id: str, count_id: str) -> StockCount:
    count = db.session.get(StockCount, (merchant_id, count_id), with_for_update=True)
    if count is None:
        raise NotFound(_("There is no such count."))
    if count.state != "open":
        raise WrongState(_("This count has ended."))
    return count


@transactional
def write_counts(merchant_id: str, count_id: str, counted: Mapping[str, int | None], *, actor_id: str) -> int:
    """Write down what was counted (None: not counted after all); gives how many numbers are new.

    With each number goes what should have been there at that moment, so that later sales do not matter.
    Raises NotFound, WrongState, Invalid, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, PERMISSION)
    count = _open(merchant_id, count_id)
    wrong = {
        f"counted-{key}": _("A stock count lies between 0 and %(most)s.", most=QUANTITY_MAX)
        for key, number in counted.items()
        if number is not None and not 0 <= number <= QUANTITY_MAX
    }
    if wrong:
        raise Invalid(_("Please correct the marked fields."), fields=wrong)
    expected = _there_now(merchant_id, count.location_id, list(counted))
    lines = db.session.scalars(
        select(StockCountLine).where(
            StockCountLine.merchant_id == merchant_id,
            StockCountLine.count_id == count_id,
            StockCountLine.variant_id.in_(list(counted)),
        )
    ).all()
    changed = 0
    for line in lines:
        number = counted[line.variant_id]
        if number != line.counted:
            line.counted = number
            line.expected = None if number is None else expected.get(line.variant_id, 0)
            changed += 1
    return changed


def _there_now(merchant_id: str, location_id: str | None, variant_ids: list[str]) -> dict[str, int]:
    if location_id is None:
        query = select(Stock.variant_id, Stock.on_hand).where(
            Stock.merchant_id == merchant_id, Stock.variant_id.in_(variant_ids)
        )
    else:
        query = select(StockLevel.variant_id, StockLevel.on_hand).where(
            StockLevel.merchant_id == merchant_id,
            StockLevel.location_id == location_id,
            StockLevel.variant_id.in_(variant_ids),
        )
    return {row[0]: row[1] for row in db.session.execute(query)}


@transactional
def apply_count(merchant_id: str, count_id: str, *, actor_id: str) -> int:
    """Correct the stock by what was found more or less than expected; gives how many variants were corrected.

    Variants without a number stay as they are. All or nothing. Raises NotFound, WrongState, StockPromised,
    LocationShort, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, PERMISSION)
    count = _open(merchant_id, count_id)
    found = {
        row.variant_id: row.counted - row.expected
        for row in db.session.execute(
            select(StockCountLine.variant_id, StockCountLine.counted, StockCountLine.expected).where(
                StockCountLine.merchant_id == merchant_id,
                StockCountLine.count_id == count_id,
                StockCountLine.counted.is_not(None),
                StockCountLine.counted != StockCountLine.expected,
            )
        )
    }
    ids = sorted(found)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        now = db.session.execute(
            select(Stock.variant_id, Stock.on_hand)
            .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(part))
            .order_by(Stock.variant_id)
            .with_for_update()
        ).all()
        set_stock_many(
            merchant_id,
            {row.variant_id: max(0, row.on_hand + found[row.variant_id]) for row in now},
            reason="count",
            reference=count_id,
            note=count.name,
            actor_id=actor_id,
            location_id=count.location_id,
        )
    count.state, count.ended_at = "applied", clock.now()
    record(
        "count.applied",
        actor_id=actor_id,
        subject=f"count:{count_id}",
        merchant_id=merchant_id,
        details={"corrected": len(ids)},
    )
    return len(ids)


@transactional
def cancel_count(merchant_id: str, count_id: str, *, actor_id: str) -> None:
    """Give a count up; nothing changes. Raises NotFound, WrongState, RoleNotEnough."""
    require_permission(actor_id, merchant_id, PERMISSION)
    _open(merchant_id, count_id)
    db.session.execute(
        update(StockCount)
        .where(StockCount.merchant_id == merchant_id, StockCount.id == count_id)
        .values(state="cancelled", ended_at=clock.now())
    )


def count_progress(merchant_id: str, count_id: str) -> tuple[int, int, int]:
    """How many variants are counted, of how many, and how many differ from what was expected."""
    differs = (StockCountLine.counted != StockCountLine.expected) & StockCountLine.counted.is_not(None)
    row = db.session.execute(
        select(func.count(StockCountLine.counted), func.count(), func.count().filter(differs)).where(
            StockCountLine.merchant_id == merchant_id, StockCountLine.count_id == count_id
        )
    ).one()
    return row[0], row[1], row[2]
