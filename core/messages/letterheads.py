"""Whose name a message carries. Shops are known on a higher floor, which says here how to find one's letterhead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import current_app

from core.contract.contributions import Letterhead

_KEY = "tongbao.letterheads"
Find = Callable[[str | None], Letterhead]


def install_letterheads(extensions: dict[str, Any], find: Find) -> None:
    """Called once when the application is built; `find(merchant_id)` gives a shop's letterhead or the platform's."""
    extensions[_KEY] = find


def letterhead(merchant_id: str | None) -> Letterhead:
    """The letterhead of a merchant's shop; of the platform for None."""
    return cast(Find, current_app.extensions[_KEY])(merchant_id)
