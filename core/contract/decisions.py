"""What people decide on: changes that need a second person, and what staff look at before it takes effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Facts = Sequence[tuple[Any, str]]
"""What the decider reads: pairs of a label and a text."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that one person proposed and another decides on. `payload` is plain JSON."""

    id: str
    merchant_id: str | None
    payload: Mapping[str, Any]
    maker_id: str
    checker_id: str | None
    """Empty where it was withdrawn or expired."""


def _nothing(_change: Change) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of change that takes effect only when a second person approves it.

    `permission` is what the second person needs among the platform's staff. `apply` and `refuse` run inside the
    transaction of the decision: `apply` once when it is approved, `refuse` once when it is rejected, withdrawn or
    expired; a TongbaoError from `apply` leaves the proposal waiting.
    """

    name: str
    label: Any
    permission: str
    describe: Callable[[Mapping[str, Any]], Facts]
    apply: Callable[[Change], None]
    refuse: Callable[[Change], None] = _nothing


@dataclass(frozen=True, slots=True)
class Decision:
    """What staff decided on something that was put before them."""

    review_id: str
    merchant_id: str | None
    subject: str
    payload: Mapping[str, Any]
    accepted: bool
    reasons: tuple[str, ...]
    note: str
    reviewer_id: str


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """A queue of things that staff look at (an identity, a shop before it opens, a product to be published).

    `permission` is what a reviewer needs. `reasons` are the codes for which it can be refused, with what the person
    concerned reads. `decide` runs inside the transaction of the decision.
    """

    name: str
    label: Any
    permission: str
    reasons: Mapping[str, Any]
    describe: Callable[[Mapping[str, Any]], Facts]
    decide: Callable[[Decision], None]
