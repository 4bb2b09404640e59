"""How somebody acts who is not quite the person: through a program's key, or only looking in a person's place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.base.errors import NotAllowed
from core.base.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ActingKey:
    """A key of the API, for the request under way: it reaches one merchant, and no further than its permissions."""

    id: str
    merchant_id: str
    permissions: frozenset[str]
    """Names like `orders.view`; `payment.*` stands for every permission that the plugin `payment` brings."""

    def may(self, merchant_id: str, permission: str) -> bool:
        """Whether the key reaches so far."""
        area = permission.partition(".")[0] + ".*"
        return merchant_id == self.merchant_id and not self.permissions.isdisjoint({permission, area})


acting_through: ContextVar[ActingKey | None] = ContextVar("acting_through", default=None)
"""The key of the request under way; None where a person acts without one."""


class OnlyLooking(NotAllowed):
    """Whoever looks in somebody's place changes nothing."""

    code = "only_looking"

    def __init__(self) -> None:
        super().__init__(_l("You are only looking in somebody's place: nothing can be changed."))


only_looking: ContextVar[bool] = ContextVar("only_looking", default=False)
"""Whether the request under way may only read: every use case is refused then."""


def refuse_when_looking() -> None:
    """Raises OnlyLooking."""
    if only_looking.get():
        raise OnlyLooking


@contextmanager
def bookkeeping() -> Iterator[None]:
    """Within the block the host writes its own notes (what was looked at), nothing of anybody's."""
    before = only_looking.set(False)
    try:
        yield
    finally:
        only_looking.reset(before)
