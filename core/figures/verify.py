"""What must be true of the kept figures, asked of a live database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, cast, select

from core.base.database import db
from core.figures.counting import KINDS, days_between, days_table, figures_of
from core.figures.models import DailyFigure, FigureMark

_DAYS_AT_ONCE = 92
_MERCHANTS_AT_ONCE = 500
TOLD_MAX = 20


def verify_figures() -> Iterator[str]:
    """Each kept figure equals what the orders come to now, day by day."""
    groups: dict[tuple[str, date, date], list[str]] = defaultdict(list)
    for mark in db.session.execute(
        select(FigureMark.merchant_id, FigureMark.time_zone, FigureMark.since, FigureMark.until)
    ):
        groups[mark.time_zone, mark.since, mark.until].append(mark.merchant_id)
    for (zone_name, since, until), merchant_ids in groups.items():
        for start in range(0, len(merchant_ids), _MERCHANTS_AT_ONCE):
            some = merchant_ids[start : start + _MERCHANTS_AT_ONCE]
            first = since
            while first < until:
                last = min(first + timedelta(days=_DAYS_AT_ONCE - 1), until - timedelta(days=1))
                yield from _compare(zone_name, some, first, last)
                first = last + timedelta(days=1)


def _compare(zone_name: str, merchant_ids: list[str], first: date, last: date) -> Iterator[str]:
    zone = ZoneInfo(zone_name)
    for kind in KINDS:
        kept = select(
            DailyFigure.merchant_id,
            DailyFigure.kind,
            DailyFigure.day,
            DailyFigure.name,
            cast(DailyFigure.count, BigInteger),
            cast(DailyFigure.amount_minor, BigInteger),
        ).where(
            DailyFigure.merchant_id.in_(merchant_ids), DailyFigure.kind == kind, DailyFigure.day.between(first, last)
        )
        days = days_table(days_between(first, last), zone)
        fresh = figures_of(kind, days, lambda column: column.in_(merchant_ids))
        for one, other, words in ((kept, fresh, "kept, but not counted"), (fresh, kept, "counted, but not kept")):
            found = db.session.execute(one.except_(other).limit(TOLD_MAX))
            for merchant_id, _kind, day, name, count, amount_minor in found:
                about = f" {name}" if name else ""
                yield (
                    f"figures of merchant {merchant_id}: {kind}{about} on {day}: "
                    f"{count} with {amount_minor} is {words} from the orders"
                )
