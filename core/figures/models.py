"""Tables of the figures: what a day came to. Amounts are minor units of the merchant's currency."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base

NAME_CHARACTERS_MAX = 80


class DailyFigure(Base):
    """What a merchant's orders of one day come to, once that day is over. Made from the orders, and made again at will.

    Kinds: `placed`, `paid`, `refunded` (of the whole day), `product` (`name`: the product's id, `count`: pieces) and
    `country` (`name`: where it is delivered to) of what was paid for. A day is one of the merchant's time zone.
    """

    __tablename__ = "daily_figure"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS_MAX), primary_key=True)
    count: Mapped[int]
    amount_minor: Mapped[int]


class FigureMark(Base):
    """Up to which day (not included) a merchant's days are counted, and in which time zone."""

    __tablename__ = "figure_mark"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)


class DailyVisit(Base):
    """How often something happened in a shop on a day, without a word about who it was.

    Kinds: `visit`, `cart` (a cart begun), `checkout` (a checkout begun), `referrer` (visits; `name`: the host that
    they came from). Web processes count in memory and write now and then, so these are near enough, not exact.
    """

    __tablename__ = "daily_visit"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS_MAX), primary_key=True)
    count: Mapped[int]
