"""Days that are over are counted once and kept; what web processes counted is added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select

from core.base import clock
from core.base.database import db, table_of
from core.base.rows import connection
from core.base.transactions import transactional
from core.figures.counting import KINDS, days_between, days_table, figures_of
from core.figures.models import DailyFigure, DailyVisit, FigureMark
from core.figures.visits import Counted
from core.orders.models import Order
from core.shops.models import Merchant, Shop
from core.shops.zones import zone_named

DAYS_AT_ONCE = 31
MERCHANTS_AT_ONCE = 500
SETTLES = timedelta(hours=1)
"""So long after its end a day is counted: payments of its last moments have been committed by then."""
REFERRERS_MAX = 300
"""Hosts that are kept apart for a merchant and a day; what comes from further ones is counted without their name."""
_FIGURE = table_of(DailyFigure)


def close_days() -> int:
    """Job: count the days that have ended since the last time, all merchants of a time zone together; tells how many.

    Each batch of days is one transaction, so it goes on where it stopped.
    """
    closed = 0
    for (zone_name, since), merchant_ids in _due().items():
        zone = ZoneInfo(zone_name)
        last = (clock.now() - SETTLES).astimezone(zone).date() - timedelta(days=1)
        for some in _batches(merchant_ids):
            first = since
            while first <= last:
                to = min(first + timedelta(days=DAYS_AT_ONCE - 1), last)
                _count(zone_name, some, first, to)
                closed += (to - first).days + 1
                first = to + timedelta(days=1)
    return closed


def _batches(merchant_ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(merchant_ids), MERCHANTS_AT_ONCE):
        yield list(merchant_ids[start : start + MERCHANTS_AT_ONCE])


def _due() -> Mapping[tuple[str, date], list[str]]:
    """Merchants by their zone and the first day that is not counted; all days again where the zone has changed."""
    first_order = (
        select(func.min(Order.placed_at)).where(Order.merchant_id == Merchant.id).correlate(Merchant).scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Merchant.id,
            Merchant.currency,
            Merchant.created_at,
            Shop.options,
            FigureMark.time_zone,
            FigureMark.until,
            first_order.label("first_order"),
        )
        .join(Shop, Shop.merchant_id == Merchant.id)
        .outerjoin(FigureMark, FigureMark.merchant_id == Merchant.id)
        .order_by(Merchant.id)
    ).all()
    due: dict[tuple[str, date], list[str]] = defaultdict(list)
    for row in rows:
        zone_name = zone_named(row.options, row.currency)
        since = row.until if row.time_zone == zone_name else _beginning(row, ZoneInfo(zone_name))
        due[zone_name, since].append(row.id)
    return due


def _beginning(row: Row[tuple[object, ...]], zone: ZoneInfo) -> date:
    began = min(row.created_at, row.first_order) if row.first_order is not None else row.created_at
    found: date = began.astimezone(zone).date()
    return found


@transactional
def _count(zone_name: str, merchant_ids: list[str], first: date, last: date) -> None:
    """Count some days of some merchants anew and put their marks after them."""
    marks = {
        mark.merchant_id: mark for mark in db.session.scalars(select(FigureMark).where(_of(FigureMark, merchant_ids)))
    }
    moved = [one for one in merchant_ids if one in marks and marks[one].time_zone != zone_name]
    if moved:
        db.session.execute(delete(DailyFigure).where(_of(DailyFigure, moved)))
    span = DailyFigure.day.between(first, last)
    db.session.execute(delete(DailyFigure).where(_of(DailyFigure, merchant_ids), span))
    columns = ["merchant_id", "kind", "day", "name", "count", "amount_minor"]
    days = days_between(first, last)
    for kind in KINDS:
        found = figures_of(kind, days_table(days, ZoneInfo(zone_name)), lambda column: column.in_(merchant_ids))
        connection().execute(insert(_FIGURE).from_select(columns, found))
    until = last + timedelta(days=1)
    for merchant_id in merchant_ids:
        mark = marks.get(merchant_id)
        if mark is None:
            db.session.add(FigureMark(merchant_id=merchant_id, time_zone=zone_name, since=first, until=until))
        else:
            mark.since = first if merchant_id in moved else mark.since
            mark.time_zone, mark.until = zone_name, until


def _of(model: type[DailyFigure] | type[FigureMark], merchant_ids: Sequence[str]) -> ColumnElement[bool]:
    return model.merchant_id.in_(merchant_ids)


@transactional
def add_visits(counted: Sequence[Counted]) -> None:
    """Add what a web process has counted. Merchants that are gone are left out."""
    if not counted:
        return
    merchant_ids = sorted({one.merchant_id for one in counted})
    shops = db.session.execute(
        select(Merchant.id, Merchant.currency, Shop.options)
        .join(Shop, Shop.merchant_id == Merchant.id)
        .where(Merchant.id.in_(merchant_ids))
    ).all()
    zones = {row.id: ZoneInfo(zone_named(row.options, row.currency)) for row in shops}
    sums: dict[tuple[str, str, date, str], int] = defaultdict(int)
    for one in counted:
        if one.merchant_id in zones:
            sums[one.merchant_id, one.kind, one.at.astimezone(zones[one.merchant_id]).date(), one.name] += one.count
    _add(_bounded(sums))


def _bounded(sums: Mapping[tuple[str, str, date, str], int]) -> dict[tuple[str, str, date, str], int]:
    """Referrers that a day has no room for are counted under no name, so that nobody can fill the table."""
    days = sorted({(merchant_id, day) for merchant_id, kind, day, _name in sums if kind == "referrer"})
    if not days:
        return dict(sums)
    wanted = or_(*(and_(DailyVisit.merchant_id == one, DailyVisit.day == day) for one, day in days))
    rows = db.session.execute(
        select(DailyVisit.merchant_id, DailyVisit.day, DailyVisit.name).where(DailyVisit.kind == "referrer", wanted)
    )
    known: dict[tuple[str, date], set[str]] = defaultdict(set)
    for merchant_id, day, name in rows:
        known[merchant_id, day].add(name)
    found: dict[tuple[str, str, date, str], int] = defaultdict(int)
    for (merchant_id, kind, day, name), count in sums.items():
        if kind == "referrer":
            names = known[merchant_id, day]
            kept = name if name in names or len(names) < REFERRERS_MAX else ""
            names.add(kept)
            found[merchant_id, kind, day, kept] += count
        else:
            found[merchant_id, kind, day, name] += count
    return found


def _add(sums: Mapping[tuple[str, str, date, str], int]) -> None:
    here = connection()
    if here.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as upsert
    else:
        from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]
    table = table_of(DailyVisit)
    names = ("merchant_id", "kind", "day", "name")
    # In the order of their keys: two processes that write at once wait for each other and never in a circle.
    rows = [dict(zip(names, key, strict=True), count=sums[key]) for key in sorted(sums)]
    for start in range(0, len(rows), MERCHANTS_AT_ONCE):
        given = upsert(table).values(rows[start : start + MERCHANTS_AT_ONCE])
        here.execute(
            given.on_conflict_do_update(
                index_elements=list(names), set_={"count": table.c.count + given.excluded.count}
            )
        )
