"""Figures as the console shows them: written amounts, changes against the time before, names of places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from flask import request, url_for

from core.base.errors import Invalid
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.figures.periods import DEFAULT, LABELS, Period, period_of
from core.figures.queries import Compared, Day, Top
from core.web.charts import Chart, chart
from core.web.formats import long_day, money, number, percent_ppm, short_day, short_month
from core.web.i18n import current_locale

CHANGE_SHOWN_MAX = 1000
"""Per cent; beyond it there was next to nothing before, and a percentage says nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure of a period: what it is, how it is written, how it changed (per cent, None: nothing to compare)."""

    name: str
    label: Any
    value: str
    before: str
    change: int | None
    chart: Chart | None = None
    good_is_more: bool = True

    @property
    def tone(self) -> str:
        """How the change is to be seen."""
        if not self.change:
            return ""
        return "good" if (self.change > 0) == self.good_is_more else "bad"


Value = Callable[[Day], int | None]
Written = Callable[[int], str]


def _change(now: int | None, before: int | None) -> int | None:
    if not now and not before:
        return None
    if not before or now is None:
        return None
    change = round((now - before) * 100 / before)
    return change if abs(change) < CHANGE_SHOWN_MAX else None


def day_label(day: date, step: str = "day") -> str:
    """What stands below a bar: a day, the first day of a week, a month."""
    return short_month(day) if step == "month" else short_day(day)


def shown(
    name: str, label: Any, found: Compared, days: Sequence[Day], value: Value, written: Written, step: str
) -> Shown:
    """One figure of a period with its chart."""
    now, before = value(found.now), value(found.before)
    bars = [(day_label(day.day, step), value(day) or 0, _text(value(day), written)) for day in days]
    drawn = chart(bars) if any(height for _label, height, _written in bars) else None
    return Shown(name, label, _text(now, written), _text(before, written), _change(now, before), drawn)


def _text(value: int | None, written: Written) -> str:
    return "–" if value is None else written(value)


def main_figures(found: Compared, days: Sequence[Day], step: str = "day") -> list[Shown]:
    """Sales, orders, average order, conversion."""
    kinds: tuple[tuple[str, Any, Value, Written], ...] = (
        ("sales", _("Sales"), lambda day: day.sales_minor, money),
        ("orders", _("Paid orders"), lambda day: day.orders, number),
        ("average", _("Average order"), lambda day: day.average_minor, money),
        ("conversion", _("Conversion"), lambda day: day.conversion_ppm, percent_short),
    )
    return [shown(name, label, found, days, value, written, step) for name, label, value, written in kinds]


def percent_short(rate_ppm: int) -> str:
    """A rate with one digit after the point."""
    return percent_ppm(round(rate_ppm / 1000) * 1000)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step on the way to an order: how many came so far, and how many of those before."""

    label: Any
    count: int
    share: int
    """In per cent of the first step, at most 100; for the length of its bar."""


def funnel(now: Day) -> list[Stage]:
    """From a visit to a paid order."""
    steps = (
        (_("Visits"), now.visits),
        (_("Carts"), now.carts),
        (_("Checkouts"), now.checkouts),
        (_("Paid orders"), now.orders),
    )
    most = max(count for _label, count in steps)
    return [Stage(label, count, round(count * 100 / most) if most else 0) for label, count in steps]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of a list of the first: its share of the greatest in per cent, for the length of its bar."""

    label: str
    count: str
    amount: str
    share: int
    url: str = ""


def ranked(
    tops: Sequence[Top], name: Callable[[Top], str], url: Callable[[Top], str] = lambda _top: ""
) -> list[Ranked]:
    """Lines with bars."""
    weights = [top.count if top.amount_minor is None else top.amount_minor for top in tops]
    most = max(weights, default=0)
    return [
        Ranked(
            name(top),
            number(top.count),
            "" if top.amount_minor is None else money(top.amount_minor),
            round(weight * 100 / most) if most > 0 else 0,
            url(top),
        )
        for top, weight in zip(tops, weights, strict=True)
    ]


def country_name(top: Top) -> str:
    """A country in the reader's language."""
    if not top.name:
        return gettext("Nothing delivered")
    return str(Locale.parse(current_locale()).territories.get(top.name, top.name))


def referrer_name(top: Top) -> str:
    """A host, or that none is known."""
    return top.name or gettext("Directly, or unknown")


def product_url(top: Top) -> str:
    """A product's page in the console."""
    return url_for("console.product", product_id=top.key)


@dataclass(frozen=True, slots=True)
class Picker:
    """The choice of days above figures."""

    period: Period
    choices: list[tuple[str, Any, bool]]
    """(address, label, whether it is this one)"""
    first: str
    last: str
    errors: dict[str, object]
    endpoint: str
    keep: dict[str, str]

    @property
    def words(self) -> str:
        """The days in words."""
        if self.period.length == 1:
            return long_day(self.period.last)
        return f"{long_day(self.period.first)} – {long_day(self.period.last)}"

    @property
    def before_words(self) -> str:
        """The days that it is compared with."""
        if self.period.length == 1:
            return long_day(self.period.before_last)
        return f"{long_day(self.period.before_first)} – {long_day(self.period.before_last)}"


def picker(today: date, endpoint: str, keep: dict[str, str] | None = None) -> Picker:
    """The days that the address asks for; what is wrong with them is told at the fields, and the default shown."""
    asked = {name: request.args.get(name, "")[:20] for name in ("from", "to")}
    asked["period"] = request.args.get("period", DEFAULT)[:20]
    errors: dict[str, object] = {}
    kept: dict[str, Any] = dict(keep or {})
    try:
        period = period_of(asked, today)
    except Invalid as refusal:
        errors = dict(refusal.fields)
        period = period_of({}, today)
    choices = [
        (url_for(endpoint, period=name, **kept), label, period.name == name)
        for name, label in LABELS.items()
        if name != "custom"
    ]
    first, last = (
        asked["from"] if errors else period.first.isoformat(),
        asked["to"] if errors else period.last.isoformat(),
    )
    return Picker(period, choices, first, last, errors, endpoint, kept)
