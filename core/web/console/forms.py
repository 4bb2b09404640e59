"""Reads what people write into forms: amounts, numbers, percentages, days. Collects what is wrong, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.money import PPM, MoneyError, parse_minor

WHOLE_DIGITS_MAX = 12


class Form:
    """A form as it was sent. Each reader gives a value, and notes in `errors` what it could not read."""

    def __init__(self, data: Mapping[str, str], currency: str = "") -> None:
        self.data = data
        self.currency = currency
        self.errors: dict[str, object] = {}

    def text(self, name: str, *, required: bool = False, most: int = 2000) -> str:
        """A text, trimmed."""
        value = self.data.get(name, "").strip()
        if required and not value:
            self.errors[name] = _("This is needed.")
        elif len(value) > most:
            self.errors[name] = _("At most %(limit)d characters.", limit=most)
        return value

    def amount(self, name: str, *, required: bool = False) -> int | None:
        """An amount like `12.50` in minor units; None when empty."""
        value = self.text(name, required=required, most=40)
        if not value:
            return None
        try:
            minor = parse_minor(value.replace(",", "") if "." in value else value, self.currency)
        except MoneyError:
            self.errors[name] = _("Write an amount like 12.50, with the digits that the currency has.")
            return None
        if minor < 0:
            self.errors[name] = _("An amount cannot be negative.")
            return None
        return minor

    def whole(self, name: str, *, required: bool = False, negative: bool = False) -> int | None:
        """A whole number; None when empty."""
        value = self.text(name, required=required, most=40)
        if not value:
            return None
        digits = value.removeprefix("-").removeprefix("−") if negative else value
        if not (digits.isascii() and digits.isdigit() and len(digits) <= WHOLE_DIGITS_MAX):
            self.errors[name] = _("Write a whole number.")
            return None
        return int(digits) if digits == value else -int(digits)

    def percent(self, name: str) -> int:
        """A percentage like `7.5` in parts per million; 0 when empty."""
        value = self.text(name, most=20).removesuffix("%").strip()
        if not value:
            return 0
        try:
            rate = Decimal(value).scaleb(4)
        except InvalidOperation:
            rate = Decimal("NaN")
        if not rate.is_finite() or rate != rate.to_integral_value() or not 0 <= rate <= PPM:
            self.errors[name] = _("Write a percentage from 0 to 100, with at most four digits after the point.")
            return 0
        return int(rate)

    def day(self, name: str, *, end: bool = False, zone: tzinfo = UTC) -> datetime | None:
        """A day like `2026-11-30` of a zone: its first moment, or its last with `end`; None when empty."""
        value = self.text(name, most=20)
        if not value:
            return None
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.errors[name] = _("Write a day like 2026-11-30.")
            return None
        return datetime.combine(day, time.max if end else time.min, zone).astimezone(UTC)

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.data.get(name, "") in {"1", "on", "true", "yes"}

    def check(self) -> None:
        """Raise Invalid when anything could not be read."""
        if self.errors:
            raise Invalid(_("Please correct the marked fields."), fields=self.errors)
