"""A shop that only those enter who know its password."""

from __future__ import annotations

from core.base.crypto import same, signature
from core.base.errors import Refused
from core.base.i18n import lazy_gettext as _l
from core.parties.passwords import password_fits
from core.parties.throttle import count_try, forget_tries, throttle_keys
from core.shops.context import ShopContext


def is_shut(shop: ShopContext, word: str | None) -> bool:
    """Whether this visitor must say the password first; `word` is what `knock` gave, if anything."""
    door = str(shop.options.get("door") or "")
    return bool(door) and not same(word or "", _word(shop, door))


def knock(shop: ShopContext, password: str, *, address: str) -> str:
    """The word to let somebody in with who knows the password. Raises Refused, SignInThrottled."""
    door = str(shop.options.get("door") or "")
    if not door:
        return ""
    keys = throttle_keys(f"door:{shop.merchant_id}", address, address)
    count_try(keys)
    if not password_fits(door, password):
        raise Refused(_l("This is not the password. Ask the shop for it."))
    forget_tries(keys)
    return _word(shop, door)


def _word(shop: ShopContext, door: str) -> str:
    """A new password makes every word of the old one worthless."""
    return signature("shop-door", f"{shop.merchant_id}:{door}")
