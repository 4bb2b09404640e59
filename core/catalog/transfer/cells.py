"""Reading and writing single cells: prices, weights, counts, yes and no, addresses, texts.

A cell that cannot be taken at its word raises `CellRefused` with a code of `words.TEMPLATES`; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from urllib.parse import urlsplit

from .drafts import CATEGORY_CHARS_MAX, CATEGORY_DEPTH_MAX, NAME_CHARS_MAX, TAGS_MAX, URL_CHARS_MAX

# the catalogue keeps prices in columns of 32 bits
PRICE_MINOR_MAX: Final = 2_000_000_000
COUNT_MAX: Final = 10_000_000
WEIGHT_GRAMS_MAX: Final = 1_000_000
SHOWN_CHARS_MAX: Final = 60

_GRAMS: Final = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
_PLAIN = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_COMMA_DECIMAL = re.compile(r"(\d+),(\d+)", re.ASCII)
_GROUPED_POINT = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?", re.ASCII)
_GROUPED_COMMA = re.compile(r"(\d{1,3}(?:\.\d{3})+)(?:,(\d+))?", re.ASCII)
_COUNT = re.compile(r"([+-]?)(\d+)(?:\.0+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_TRUE: Final = frozenset({"true", "yes", "1", "y", "t"})
_FALSE: Final = frozenset({"false", "no", "0", "n", "f"})


class CellRefused(ValueError):
    """A cell's content cannot be used; `code` and `values` give the words."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def shown(text: str) -> str:
    """Shorten a cell's content for a message."""
    return text if len(text) <= SHOWN_CHARS_MAX else text[: SHOWN_CHARS_MAX - 1] + "…"


def price_minor(text: str, decimals: int) -> int:
    """Read a price exactly, in minor units of a currency with `decimals` digits after the point.

    `1250`, `1250.5`, `1,250.00`, `1.250,00` and `12,50` are read; what could mean two amounts (`1,250`) is refused,
    and so are negative, absurdly large and more precise amounts (zeros beyond the currency's digits do no harm).
    """
    value = text.strip().replace("\u00a0", "").replace("\u202f", "")
    if value.startswith(("-", "\u2212")):
        raise CellRefused("price_negative", value=shown(value))
    whole, fraction = _split_price(value, decimals)
    kept, beyond = fraction[:decimals], fraction[decimals:]
    if beyond.strip("0"):
        raise CellRefused("price_digits", value=shown(value), decimals=decimals)
    if len(whole) > 20 or (amount := int(whole + kept.ljust(decimals, "0"))) > PRICE_MINOR_MAX:
        raise CellRefused("price_too_large", value=shown(value))
    return amount


def _split_price(value: str, decimals: int) -> tuple[str, str]:
    """The digits before and after the decimal sign, whichever sign the file uses."""
    if found := _PLAIN.fullmatch(value):
        fraction = found[2] or ""
        if len(fraction) == 3 and decimals != 3 and len(found[1]) <= 3:
            raise CellRefused("price_ambiguous", value=shown(value))
        return found[1], fraction
    if found := _COMMA_DECIMAL.fullmatch(value):
        if len(found[2]) == 3 and len(found[1]) <= 3:
            raise CellRefused("price_ambiguous", value=shown(value))
        return found[1], found[2]
    if found := _GROUPED_POINT.fullmatch(value):
        return found[1].replace(",", ""), found[2] or ""
    if found := _GROUPED_COMMA.fullmatch(value):
        return found[1].replace(".", ""), found[2] or ""
    raise CellRefused("price_unreadable", value=shown(value))


def price_text(amount_minor: int, decimals: int) -> str:
    """Write an amount with a decimal point and all its digits, as both formats expect."""
    if decimals == 0:
        return str(amount_minor)
    return f"{amount_minor // 10**decimals}.{amount_minor % 10**decimals:0{decimals}d}"


def weight_unit(text: str) -> Decimal:
    """How many grams one unit is (g, kg, lbs, oz)."""
    if (unit := _GRAMS.get(text.strip().lower())) is None:
        raise CellRefused("weight_unit_unknown", value=shown(text))
    return unit


def weight_grams(text: str, unit: Decimal = Decimal(1)) -> int:
    """Read a weight and give whole grams, halves rounded up; empty is 0."""
    value = text.strip()
    if not value:
        return 0
    if _COMMA_DECIMAL.fullmatch(value):
        value = value.replace(",", ".")
    if not _PLAIN.fullmatch(value):
        raise CellRefused("weight_unreadable", value=shown(text))
    grams = Decimal(value) * unit if len(value) <= 30 else Decimal(WEIGHT_GRAMS_MAX + 1)
    if grams > WEIGHT_GRAMS_MAX:
        raise CellRefused("number_too_large", value=shown(text))
    return int(grams.quantize(Decimal(1), ROUND_HALF_UP))


def kilograms_text(grams: int) -> str:
    """Write grams as kilograms without trailing zeros; nothing for no weight."""
    return f"{Decimal(grams).scaleb(-3).normalize():f}" if grams else ""


def count(text: str) -> int:
    """Read a whole number, which may be negative (`12`, `12.0`, `-3`)."""
    value = text.strip()
    if not (found := _COUNT.fullmatch(value)):
        raise CellRefused("number_unreadable", value=shown(text))
    if len(found[2]) > 20 or (number := int(found[2])) > COUNT_MAX:
        raise CellRefused("number_too_large", value=shown(text))
    return -number if found[1] == "-" else number


def yes_no(text: str, default: bool) -> bool:
    """Read TRUE/FALSE, yes/no or 1/0; empty is `default`."""
    value = text.strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise CellRefused("yes_no_unreadable", value=shown(text), expected="TRUE, FALSE")


def web_address(text: str) -> str:
    """Read an address of a picture: http or https, with a host, without blanks."""
    value = text.strip()
    if len(value) > URL_CHARS_MAX:
        raise CellRefused("text_too_long", chars=len(value), limit=URL_CHARS_MAX)
    try:
        parts = urlsplit(value)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or any(sign.isspace() or sign in "\\<>\"'" for sign in value):
        raise CellRefused("url_invalid", value=shown(value))
    return value


def one_line(text: str, limit: int) -> str:
    """Read a text of one line: control characters taken off, runs of blanks made one."""
    value = " ".join(_CONTROL.sub("", text).split())
    if len(value) > limit:
        raise CellRefused("text_too_long", chars=len(value), limit=limit)
    return value


def guarded(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula: an apostrophe goes before =, +, -, @ and the like."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Take off what `guarded` (or another shop's export in the same way) put on."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def text_of(limit: int) -> Callable[[str], str]:
    """A reader for cells of one line of text, guard taken off, of at most `limit` characters."""
    return lambda cell: one_line(unguarded(cell), limit)


def path_of(cell: str) -> tuple[str, ...]:
    """Read a category such as `Tea > Green tea`."""
    parts = tuple(part for part in (one_line(part, NAME_CHARS_MAX) for part in cell.split(">")) if part)
    if len(parts) > CATEGORY_DEPTH_MAX:
        raise CellRefused("category_too_deep", limit=CATEGORY_DEPTH_MAX)
    if (length := len(" > ".join(parts))) > CATEGORY_CHARS_MAX:
        raise CellRefused("text_too_long", chars=length, limit=CATEGORY_CHARS_MAX)
    return parts


def path_text(path: tuple[str, ...]) -> str:
    """Write a category's path; a sign that would part it is written differently."""
    return " > ".join(part.replace(">", "\u203a") for part in path)


def tidy_tags(parts: Iterable[str]) -> tuple[str, ...]:
    """Tags in one form: without commas and closing backslashes, blanks made one, each once whatever its case."""
    tags: dict[str, str] = {}
    for part in parts:
        if tag := " ".join(_CONTROL.sub("", part.replace(",", " ")).split()).rstrip("\\ "):
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def tags_of(parts: Iterable[str]) -> tuple[str, ...]:
    """Read tags; refused when there are too many or one is too long."""
    tags = tidy_tags(parts)
    if len(tags) > TAGS_MAX:
        raise CellRefused("too_many_tags", limit=TAGS_MAX)
    for tag in tags:
        one_line(tag, NAME_CHARS_MAX)
    return tags
