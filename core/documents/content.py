"""What is printed on a paper, frozen when it is issued: plain JSON, so that it reads the same in ten years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or who buys."""

    name: str = ""
    lines: tuple[str, ...] = ()
    """Address and numbers, a line each."""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """Something that was sold. Amounts are minor units."""

    name: str
    detail: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    rate: str = ""
    """The tax that it bears, in words."""


@dataclass(frozen=True, slots=True)
class PaperSum:
    """A row of what adds up to the total."""

    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaperTax:
    """The tax of one rate; `base` is without it."""

    name: str
    rate_ppm: int
    base_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.base_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class PaperContent:
    """A whole paper."""

    seller: Party
    buyer: Party
    lines: tuple[PaperLine, ...] = ()
    sums: tuple[PaperSum, ...] = ()
    taxes: tuple[PaperTax, ...] = ()
    """Every rate, also that of 0: together they are the total."""
    tax_included: bool = True
    issued_on: str = ""
    """The day in the shop's time zone."""
    placed_at: str = ""
    paid_at: str = ""
    paid_by: str = ""
    url: str = ""
    """Where the order is seen."""
    reason: str = ""
    tax_note: str = ""
    corrects: str = ""
    """The number of the invoice that a credit note belongs to."""
    payment_note: str = ""
    footer: str = ""
    accent: str = "#7a4b1e"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        return asdict(self)


def content_of(stored: Mapping[str, Any]) -> PaperContent:
    """A paper as it was stored; what a later version added has its empty value."""
    known = {one.name for one in fields(PaperContent)}
    values = {name: value for name, value in stored.items() if name in known}
    values["seller"], values["buyer"] = _party(stored["seller"]), _party(stored["buyer"])
    values["lines"] = _rows(PaperLine, stored.get("lines", ()))
    values["sums"] = _rows(PaperSum, stored.get("sums", ()))
    values["taxes"] = _rows(PaperTax, stored.get("taxes", ()))
    return PaperContent(**values)


def _party(stored: Mapping[str, Any]) -> Party:
    return Party(stored.get("name", ""), tuple(stored.get("lines", ())), stored.get("tax_id", ""))


def _rows(kind: type[Any], rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind(**row) for row in rows)
