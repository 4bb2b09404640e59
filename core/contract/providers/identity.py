"""Checks of who somebody is: by people, or by a service that can tell."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from core.contract.providers.base import Provider

IdentitySubject = Literal["person", "organisation"]


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """A document that was handed in: what it shows (`front`, `licence` …), its media type, and the file itself."""

    kind: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """Ask whether these are the papers of this person or organisation. `case_id` is the idempotency key.

    `number_kind` is `cn_resident_id`, `cn_uscc`, `passport`, `foreign_registration`, or empty where only documents
    are looked at; `country` is the country that gave the number (ISO 3166).
    """

    case_id: str
    subject: IdentitySubject
    level: int
    number_kind: str
    country: str
    name: str
    number: str
    documents: Sequence[IdentityDocument]


class IdentityState(StrEnum):
    """What a check came to. Unknown is asked again, then given to people; it is never guessed."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    MANUAL = "manual"
    """A person has to look at it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class IdentityOutcome:
    """How a check went. `reasons` are codes of core's list of reasons (REFUSED only); `detail` is for the staff."""

    state: IdentityState
    reasons: tuple[str, ...] = ()
    external_id: str = ""
    detail: str = ""


class IdentityCheck(Provider):
    """Tells whether a name, a number and documents belong together."""

    number_kinds: ClassVar[frozenset[str]] = frozenset()
    """The kinds of numbers that it can tell of; what no check can tell of goes to people."""

    @abstractmethod
    def check(self, request: IdentityRequest) -> IdentityOutcome:
        """Ask the outside. Called by the worker outside any transaction, perhaps again with the same `case_id`.

        Nothing of the request may be kept or logged. An exception counts as UNKNOWN.
        """
