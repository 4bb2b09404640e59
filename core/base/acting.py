"""Through which key a program acts for a person: what the key was not given, the person cannot do through it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


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
