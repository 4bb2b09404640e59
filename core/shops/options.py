"""Further settings of a shop: who runs it, when it is open, what visitors are told, who may come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.audit import record
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.passwords import hash_password
from core.parties.roles import authorise
from core.shops.models import Shop
from core.shops.service import touch_shop
from core.shops.trading import DAYS, check_trading
from core.shops.zones import OPTION as TIME_ZONE
from core.shops.zones import zone_names

TEXTS: Final[Mapping[str, int]] = {
    "legal_name": 120,
    "legal_id": 60,
    "legal_address": 300,
    "phone": 40,
    "hours": 500,
    "announcement": 200,
    "announcement_link": 300,
    "maintenance_note": 500,
    "door_note": 300,
    "cookie_note": 300,
    "tax_name": 40,
    "tax_rounding": 10,
    "tax_delivery": 10,
    "tax_id": 60,
    "invoice_prefix": 12,
    "credit_note_prefix": 12,
    "invoice_footer": 600,
    "invoice_payment_note": 300,
}
"""Texts with the most characters that each may have."""
FLAGS: Final = frozenset(
    {"maintenance", "privacy_shown", "phone_optional", "note_hidden", "terms_required", "tax_id_asked"}
)
TRADING: Final = frozenset({"order_prefix", "company_asked", "weight_unit", "terms_link", "notices", *DAYS})
DOOR_PASSWORD_MIN: Final = 4


@transactional
def change_options(merchant_id: str, *, actor_id: str | None, **changes: Any) -> None:
    """Change further settings: the names of TEXTS and FLAGS, `languages` (locales offered to visitors),
    `time_zone`, and those of TRADING.

    Raises RoleNotEnough, Invalid with `fields`, NotFound.
    """
    authorise(actor_id, merchant_id, "shop.edit")
    checked: dict[str, Any] = {}
    problems: dict[str, object] = {}
    for name, value in changes.items():
        if name in TEXTS:
            checked[name] = str(value or "").replace("\x00", "").strip()
            if len(checked[name]) > TEXTS[name]:
                problems[name] = _l("At most %(count)d characters.", count=TEXTS[name])
            elif name == "announcement_link" and checked[name] and not checked[name].startswith(("/", "https://")):
                problems[name] = _l("Write an address like /pages/about or https://example.com.")
        elif name in FLAGS:
            checked[name] = bool(value)
        elif name == "languages":
            checked[name] = [locale for locale in LOCALES if locale in value]
            if not checked[name]:
                problems[name] = _l("Choose at least one language.")
        elif name == TIME_ZONE:
            checked[name] = str(value)
            if value not in zone_names():
                problems[name] = _l("Choose one of the time zones.")
        elif name in TRADING:
            checked[name], problem = check_trading(name, value)
            if problem is not None:
                problems[name] = problem
        else:
            raise TypeError(f"{name} is not a setting of a shop")
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    _store(merchant_id, checked)
    told = {name: value for name, value in checked.items() if isinstance(value, bool)}
    record(
        "shop.options_changed",
        actor_id=actor_id,
        subject=f"shop:{merchant_id}",
        merchant_id=merchant_id,
        details={"fields": sorted(checked), **told},
    )


@transactional
def set_door_password(merchant_id: str, password: str | None, *, actor_id: str | None) -> None:
    """Let only those into the shop who know a password; None: everybody. Raises RoleNotEnough, Invalid, NotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    if password is not None and len(password) < DOOR_PASSWORD_MIN:
        words = _l("Use at least %(count)d characters.", count=DOOR_PASSWORD_MIN)
        raise Invalid(words, fields={"door_password": words})
    _store(merchant_id, {"door": hash_password(password) if password is not None else ""})
    record(
        "shop.door_closed" if password is not None else "shop.door_opened",
        actor_id=actor_id,
        subject=f"shop:{merchant_id}",
        merchant_id=merchant_id,
    )


def _store(merchant_id: str, changes: Mapping[str, Any]) -> None:
    shop = db.session.get(Shop, merchant_id, with_for_update=True)
    if shop is None:
        raise NotFound(_l("There is no such shop."))
    shop.options = {**(shop.options or {}), **changes}
    touch_shop(merchant_id)
