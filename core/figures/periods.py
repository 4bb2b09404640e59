"""Which days a page of figures shows, and which it compares them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.base.days import bounds_of
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _

DAYS_MAX = 731
LENGTHS: Mapping[str, int] = {"today": 1, "7": 7, "30": 30, "90": 90}
LABELS: Mapping[str, Any] = {
    "today": _("Today"),
    "7": _("7 days"),
    "30": _("30 days"),
    "90": _("90 days"),
    "month": _("This month"),
    "custom": _("Other days"),
}
DEFAULT = "30"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    name: str
    first: date
    last: date

    @property
    def length(self) -> int:
        """In days."""
        return (self.last - self.first).days + 1

    @property
    def before_first(self) -> date:
        """The first day of as many days right before."""
        return self.first - timedelta(days=self.length)

    @property
    def before_last(self) -> date:
        return self.first - timedelta(days=1)


def period_of(given: Mapping[str, str], today: date) -> Period:
    """The period that a page's address asks for (`period`, for `custom` also `from` and `to`).

    Raises Invalid with `fields` for days that are none, in the wrong order, or too many.
    """
    name = given.get("period", DEFAULT)
    if name == "month":
        return Period(name, today.replace(day=1), today)
    if name == "custom":
        first, last = bounds_of(given)
        last = min(last or today, today)
        first = first or last - timedelta(days=29)
        if first > last:
            raise Invalid(_("These days are not in order."), fields={"to": _("The last day is before the first.")})
        if (last - first).days >= DAYS_MAX or first < date(2000, 1, 1):
            words = _("At most %(count)d days at once.", count=DAYS_MAX)
            raise Invalid(words, fields={"from": words})
        return Period(name, first, last)
    length = LENGTHS.get(name, LENGTHS[DEFAULT])
    return Period(name if name in LENGTHS else DEFAULT, today - timedelta(days=length - 1), today)
