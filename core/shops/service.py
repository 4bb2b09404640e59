"""What can be done with a merchant's shop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from babel.numbers import list_currencies
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.parties.models import Membership, Person
from core.parties.roles import authorise
from core.shops.errors import NameTaken
from core.shops.models import Merchant, PluginChoice, Shop
from core.shops.plugin_settings import checked_settings, opened
from core.shops.theme import checked_theme

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
RESERVED_SLUGS = frozenset({"www", "api", "admin", "console", "office", "static", "mail", "ns", "hooks", "internal"})
_TEXTS = {"name": 120, "tagline": 200, "about": 5000, "contact_email": 254}
_NUMBERS = {"tax_ppm": (0, 1_000_000), "auto_release_days": (1, 90), "payment_minutes": (5, 1440)}
_FLAGS = frozenset({"prices_include_tax", "open"})


@transactional
def open_shop(
    slug: str,
    name: str,
    *,
    currency: str,
    owner_person_id: str,
    locale: str = "en",
    tagline: str = "",
    about: str = "",
    contact_email: str = "",
    theme: Mapping[str, Any] | None = None,
    tax_ppm: int = 0,
    prices_include_tax: bool = True,
    fee_ppm: int = 6000,
) -> str:
    """Open a merchant account with its shop at `<slug>.<platform host>`; returns the merchant's id.

    Raises Invalid, NameTaken (the slug is in use) or NotFound (no such person).
    """
    slug = checked_slug(slug)
    if currency not in list_currencies():
        raise Invalid(_l("This is not a currency."), fields={"currency": _l("Choose a currency.")})
    if db.session.get(Person, owner_person_id) is None:
        raise NotFound(_l("There is no such person."))
    now, merchant_id = clock.now(), new_id("mer")
    texts = _checked({"name": name, "tagline": tagline, "about": about, "contact_email": contact_email})
    db.session.add(
        Merchant(id=merchant_id, slug=slug, name=texts["name"], currency=currency, fee_ppm=fee_ppm, created_at=now)
    )
    try:
        db.session.flush()
    except IntegrityError:
        raise _slug_taken(slug) from None
    db.session.add(
        Shop(
            merchant_id=merchant_id,
            **texts,
            **_checked({"locale": locale, "tax_ppm": tax_ppm, "prices_include_tax": prices_include_tax}),
            theme=checked_theme(theme or {}),
        )
    )
    db.session.add(Membership(person_id=owner_person_id, organisation_id=merchant_id, role="owner", created_at=now))
    emit("shop.opened", {"merchant_id": merchant_id, "slug": slug}, merchant_id=merchant_id)
    return merchant_id


def checked_slug(slug: str) -> str:
    """A free name below the platform's host. Raises Invalid, NameTaken (`fields.slug`)."""
    slug = slug.strip().lower()
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        words = _l("Use 1 to 40 letters a-z, digits and hyphens for the shop's address.")
        raise Invalid(words, fields={"slug": words})
    if db.session.scalar(select(Merchant.id).where(Merchant.slug == slug)) is not None:
        raise _slug_taken(slug)
    return slug


def _slug_taken(slug: str) -> NameTaken:
    words = _l("The address %(slug)s is taken. Choose another one.", slug=slug)
    return NameTaken(words, fields={"slug": words})


@transactional
def update_shop(merchant_id: str, *, actor_id: str | None, **changes: Any) -> None:
    """Change what buyers see and the shop's rules: name, tagline, about, contact_email, locale, tax_ppm,
    prices_include_tax, auto_release_days, payment_minutes, open. Raises RoleNotEnough, Invalid, NotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    checked = _checked(changes)
    if checked.get("open") and _unreviewed(merchant_id):
        raise Refused(_l("Ask for the first opening on the console's first page: our staff look at a new shop first."))
    if checked:
        _change(merchant_id, **checked)
        # The rules of money stand in the trail with their values, texts only by name.
        told = {name: value for name, value in checked.items() if isinstance(value, bool | int)}
        _record("shop.changed", actor_id, merchant_id, {"fields": sorted(checked), **told})


def _unreviewed(merchant_id: str) -> bool:
    options = db.session.scalar(select(Shop.options).where(Shop.merchant_id == merchant_id))
    return bool(options and options.get("unreviewed"))


@transactional
def change_theme(merchant_id: str, theme: Mapping[str, Any], *, actor_id: str | None) -> None:
    """Set the shop's colours and pictures. Raises RoleNotEnough, Invalid, NotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    _change(merchant_id, theme=checked_theme(theme))
    _record("shop.theme_changed", actor_id, merchant_id)


@transactional
def touch_shop(merchant_id: str) -> None:
    """Say that something changed which pages of the shop show (the catalogue, a plugin's piece): they are made anew."""
    _change(merchant_id)


@transactional
def set_plugin(
    merchant_id: str,
    plugin_id: str,
    *,
    enabled: bool,
    actor_id: str | None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Switch a plugin on or off for a merchant; `settings` None keeps those it has.

    Raises RoleNotEnough, NotFound (no such plugin), Invalid with `fields` (its own schema refuses the settings).
    """
    authorise(actor_id, merchant_id, "plugins.edit")
    manifest = registry().manifest(plugin_id)
    if manifest is None:
        raise NotFound(_l("There is no such plugin."))
    choice = db.session.get(PluginChoice, (merchant_id, plugin_id))
    stored = dict(choice.settings) if choice else {}
    if settings is not None:
        stored = checked_settings(manifest.settings, settings, stored)
    if choice is None:
        choice = PluginChoice(merchant_id=merchant_id, plugin_id=plugin_id)
        db.session.add(choice)
    choice.enabled, choice.settings, choice.changed_at = enabled, stored, clock.now()
    _change(merchant_id)
    details = {"plugin_id": plugin_id, "enabled": enabled, "settings_changed": settings is not None}
    _record("shop.plugin_changed", actor_id, merchant_id, details)
    emit("shop.plugin_changed", {"plugin_id": plugin_id, "enabled": enabled}, merchant_id=merchant_id)


@transactional
def change_plugin_settings(
    merchant_id: str, plugin_id: str, changes: Mapping[str, Any], *, actor_id: str | None
) -> None:
    """Change some of a plugin's settings and leave the others; whether it is on stays.

    Raises RoleNotEnough, NotFound (no such plugin), Invalid with `fields` (its own schema refuses them).
    """
    manifest = registry().manifest(plugin_id)
    if manifest is None:
        raise NotFound(_l("There is no such plugin."))
    choice = db.session.get(PluginChoice, (merchant_id, plugin_id), with_for_update=True)
    enabled = choice.enabled if choice is not None else manifest.on_by_default
    settings = {**(opened(choice.settings) if choice is not None else {}), **changes}
    set_plugin(merchant_id, plugin_id, enabled=enabled, settings=settings, actor_id=actor_id)


def _record(action: str, actor_id: str | None, merchant_id: str, details: Mapping[str, Any] | None = None) -> None:
    record(action, actor_id=actor_id, subject=f"shop:{merchant_id}", merchant_id=merchant_id, details=details)


def _change(merchant_id: str, **values: Any) -> None:
    db.session.flush()
    changed = db.session.execute(
        update(Shop)
        .where(Shop.merchant_id == merchant_id)
        .values(version=Shop.version + 1, **values)
        .returning(Shop.version)
    ).first()
    if changed is None:
        raise NotFound(_l("There is no such shop."))


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    problems: dict[str, object] = {}
    for key, value in changes.items():
        if key in _TEXTS:
            checked[key] = str(value).strip()
            if len(checked[key]) > _TEXTS[key]:
                problems[key] = _l("At most %(count)d characters.", count=_TEXTS[key])
            elif "\x00" in checked[key]:
                problems[key] = _l("This text holds a character that cannot be stored.")
            elif key == "name" and not checked[key]:
                problems[key] = _l("The shop needs a name.")
        elif key in _NUMBERS:
            low, high = _NUMBERS[key]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                problems[key] = _l("Use a whole number from %(low)d to %(high)d.", low=low, high=high)
            checked[key] = value
        elif key in _FLAGS:
            checked[key] = bool(value)
        elif key == "locale":
            checked[key] = value
            if value not in LOCALES:
                problems[key] = _l("Choose one of the languages.")
        else:
            raise TypeError(f"{key} is not something of a shop that can be changed")
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    return checked
