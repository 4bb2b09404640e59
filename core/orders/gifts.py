"""Whom a gift card in a cart is for: written by its buyer, kept with the line until the card is sold."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any, Final

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.parties.service import checked_email
from core.shops.context import ShopContext
from core.shops.zones import local_day, zone_of

CARDS_PER_LINE_MAX: Final = 50
NAME_MAX: Final = 120
MESSAGE_MAX: Final = 500
DAYS_AHEAD_MAX: Final = 366
SENDING_HOUR: Final = time(8)
"""A card for a day comes in the morning of the shop's time zone."""


@dataclass(frozen=True, slots=True)
class Gift:
    """Who gets a card and what is said to them. Without an e-mail address it goes to whoever buys it."""

    email: str = ""
    recipient: str = ""
    sender: str = ""
    message: str = ""
    send_on: str = ""
    """A day like 2026-12-24; empty: at once."""

    @staticmethod
    def of(stored: Mapping[str, Any]) -> Gift:
        """A gift as a line keeps it."""
        return Gift(**{name: str(stored.get(name) or "") for name in Gift.__slots__})

    def as_json(self) -> dict[str, str]:
        """What a line keeps; nothing that is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    def checked(self, today: date) -> Gift:
        """Trimmed and complete. Raises Invalid with `fields` named as the fields here."""
        fields: dict[str, object] = {}
        email = ""
        try:
            email = checked_email(self.email) if self.email.strip() else ""
        except Invalid as refusal:
            fields["email"] = refusal.fields["email"]
        for name, most in (("recipient", NAME_MAX), ("sender", NAME_MAX), ("message", MESSAGE_MAX)):
            if len(getattr(self, name)) > most or "\x00" in getattr(self, name):
                fields[name] = _("At most %(most)s characters, please.", most=most)
        day = _day(self.send_on.strip())
        if self.send_on.strip() and day is None:
            fields["send_on"] = _("Write a day like 2026-11-30.")
        elif day is not None and not 0 <= (day - today).days <= DAYS_AHEAD_MAX:
            fields["send_on"] = _("Choose a day from today on, within a year.")
        elif day is not None and not email and day > today:
            fields["email"] = _("Whom shall we send it to on that day?")
        if fields:
            raise Invalid(_("Please correct the marked fields."), fields=fields)
        return replace(
            self,
            email=email,
            recipient=" ".join(self.recipient.split()),
            sender=" ".join(self.sender.split()),
            message=self.message.strip(),
            send_on=day.isoformat() if day is not None else "",
        )

    def send_at(self, shop: ShopContext, moment: datetime) -> datetime | None:
        """When the card is sent that is paid for at `moment`; None: at once."""
        day = _day(self.send_on)
        if day is None or day <= local_day(shop, moment):
            return None
        return datetime.combine(day, SENDING_HOUR, zone_of(shop))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def last_moment(shop: ShopContext, begins: datetime, months: int | None) -> datetime | None:
    """The end of the last day of a card that begins at a moment and lasts so many months; None: it never ends."""
    if months is None:
        return None
    first = local_day(shop, begins)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
    return datetime.combine(day, time.max, zone_of(shop))
