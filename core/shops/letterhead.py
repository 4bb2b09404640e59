"""In whose name messages go: a shop's, with its name, address and colour, or the platform's."""

from __future__ import annotations

import re

from flask import current_app

from core.base.config import Config
from core.contract.contributions import Letterhead
from core.shops.queries import shop_context

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
PLATFORM_NAME = "Tongbao 通寶"


def public_url(host: str) -> str:
    """The address of a host as people outside reach it, without a slash at its end; for work outside a request."""
    config: Config = current_app.config["TONGBAO"]
    return f"https://{host}" if config.production else f"http://{host}:{config.port}"


def letterhead(merchant_id: str | None) -> Letterhead:
    """The letterhead of a shop, or the platform's for None. Raises NotFound."""
    if merchant_id is None:
        config: Config = current_app.config["TONGBAO"]
        return Letterhead(PLATFORM_NAME, public_url(config.platform_host))
    shop = shop_context(merchant_id)
    accent = str(shop.theme.get("accent") or "")
    head = Letterhead(shop.name, public_url(shop.primary_host), shop.contact_email)
    return Letterhead(head.name, head.url, head.contact_email, accent) if _COLOUR.fullmatch(accent) else head
