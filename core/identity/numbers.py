"""Numbers by which people and organisations are known: checked with their check digits, masked for showing.

Plain functions; no database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

Subject = Literal["person", "organisation"]

_PASSPORT = re.compile(r"[A-Z0-9]{6,12}")
_REGISTRATION = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,29}")
_SEPARATORS = re.compile(r"[\s‐-―]+")
CHARACTERS_MAX = 40
INDEX = "identity-number"
"""Names the keyed hashes by which numbers are found."""


@dataclass(frozen=True, slots=True)
class NumberKind:
    """A kind of number: whose it is, in which country (empty: to be said), which documents show it."""

    name: str
    label: Any
    hint: Any
    subjects: frozenset[Subject]
    country: str
    documents: tuple[str, ...]


_BOTH: frozenset[Subject] = frozenset({"person", "organisation"})
NUMBER_KINDS: Mapping[str, NumberKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            NumberKind(
                "cn_resident_id",
                _l("Chinese resident identity card"),
                _l("18 characters; the last one may be an X."),
                _BOTH,
                "CN",
                ("front", "back"),
            ),
            NumberKind(
                "passport",
                _l("Passport"),
                _l("As printed at the top of the page with the photograph."),
                frozenset({"person"}),
                "",
                ("data_page",),
            ),
            NumberKind(
                "cn_uscc",
                _l("Unified social credit code (China)"),
                _l("18 characters, on the business licence."),
                frozenset({"organisation"}),
                "CN",
                ("licence",),
            ),
            NumberKind(
                "foreign_registration",
                _l("Registration in another country or region"),
                _l("As it stands in the register of companies."),
                frozenset({"organisation"}),
                "",
                ("certificate",),
            ),
        )
    }
)


def kinds_for(subject: Subject) -> list[NumberKind]:
    """The kinds of numbers by which a person, or an organisation, may be known."""
    return [kind for kind in NUMBER_KINDS.values() if subject in kind.subjects]


def checked_number(kind: str, text: str) -> str:
    """A number as it is stored: capitals, no spaces, its check digits proven. Raises Invalid (`fields.number`)."""
    number = _SEPARATORS.sub("", text).upper()
    if not number or len(number) > CHARACTERS_MAX or not number.isascii():
        raise _wrong(_l("Write the number as it stands on the document."))
    if kind == "cn_resident_id":
        return _by(ric, number, _l("This is not a resident identity number: 18 characters, the last is a check digit."))
    if kind == "cn_uscc":
        return _by(uscc, number, _l("This is not a unified social credit code: 18 characters with a check digit."))
    if kind == "passport":
        if not _PASSPORT.fullmatch(number):
            raise _wrong(_l("A passport number has 6 to 12 letters and digits."))
    elif kind == "foreign_registration":
        if not _REGISTRATION.fullmatch(number):
            raise _wrong(_l("A registration number has 3 to 30 letters, digits, dots, slashes and hyphens."))
    else:
        raise Invalid(_l("Choose the kind of document."), fields={"number_kind": _l("Choose one.")})
    return number


def _by(checks: Any, number: str, words: object) -> str:
    try:
        return str(checks.validate(number))
    except ValidationError:
        raise _wrong(words) from None


def _wrong(words: object) -> Invalid:
    return Invalid(words, fields={"number": words})


def masked(number: str) -> str:
    """A number as it is shown: its ends, at most a third of it; short numbers only their last two characters."""
    if len(number) < 10:
        return "•" * max(len(number) - 2, 0) + number[-2:]
    ends = 3 if len(number) >= 15 else 2
    return number[:ends] + "•" * (len(number) - 2 * ends) + number[-ends:]
