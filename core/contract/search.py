"""What the platform's staff find by typing a name, a code or a reference: each part says what it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing that was found: what it is called, a line about it, and the page of the office that shows it."""

    title: str
    detail: Any
    endpoint: str
    values: Mapping[str, str] = field(default_factory=dict)
    """What the endpoint's address is made of."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A part that can be searched by the platform's staff.

    `find(text, limit)` gives at most so many hits for a trimmed text of 2 to 120 characters, in one SELECT that an
    index answers; it reads only. `permission` is what the member of staff needs. A `personal` source shows people:
    it masks what it finds, and that somebody searched there is written into the audit trail.
    """

    name: str
    label: Any
    permission: str
    find: Callable[[str, int], Sequence[SearchHit]]
    order: int = 50
    personal: bool = False
