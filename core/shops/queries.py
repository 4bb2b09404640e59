"""Which shop a host name or a merchant stands for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from flask import current_app
from sqlalchemy import Row, Select, bindparam, select

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.contract.runtime import registry
from core.shops.context import ShopContext
from core.shops.hosts import plain_host
from core.shops.models import Domain, Merchant, PluginChoice, Shop
from core.shops.plugin_settings import effective_settings

By = Literal["slug", "domain", "merchant"]
_CHOICES_KEPT_MAX = 2048


@dataclass(frozen=True, slots=True)
class Moved:
    """The shop answers at another of its names; visitors are sent there."""

    primary_host: str


def shop_select(by: By) -> Select[Any]:
    """The one statement that finds a shop, with the bound parameter `key`; web adds columns of its own to it."""
    primary = (
        select(Domain.host)
        .where(Domain.merchant_id == Merchant.id, Domain.is_primary, Domain.proven_at.is_not(None))
        .correlate(Merchant)
        .scalar_subquery()
    )
    found = (
        select(
            Merchant.id.label("merchant_id"),
            Merchant.slug,
            Merchant.currency,
            Merchant.fee_ppm,
            Merchant.status,
            *(column for column in Shop.__table__.columns if column.name != "merchant_id"),
            primary.label("primary_host"),
        )
        .select_from(Merchant)
        .join(Shop, Shop.merchant_id == Merchant.id)
    )
    if by == "slug":
        return found.where(Merchant.slug == bindparam("key"))
    if by == "merchant":
        return found.where(Merchant.id == bindparam("key"))
    return found.join(Domain, Domain.merchant_id == Merchant.id).where(
        Domain.host == bindparam("key"), Domain.proven_at.is_not(None)
    )


_SELECTS: Mapping[By, Select[Any]] = {by: shop_select(by) for by in ("slug", "domain", "merchant")}


def host_key(host: str, platform_host: str) -> tuple[By, str, str] | None:
    """How a Host header is looked up: (by, key, host). None when no shop can have this name."""
    name = plain_host(host)
    if name is None or name == platform_host:
        return None
    below = "." + platform_host
    if name.endswith(below):
        slug = name.removesuffix(below)
        return None if "." in slug else ("slug", slug, name)
    return ("domain", name, name)


def resolve_host(host: str) -> ShopContext | Moved | None:
    """The shop that answers at a host, or where it has moved to, or None. One statement (two after a change)."""
    key = host_key(host, current_app.config["TONGBAO"].platform_host)
    if key is None:
        return None
    by, value, name = key
    row = db.session.execute(_SELECTS[by], {"key": value}).first()
    if row is None or row.status != "active":
        return None
    if row.primary_host is not None and row.primary_host != name:
        return Moved(row.primary_host)
    return shop_from_row(row, name)


def shop_context(merchant_id: str) -> ShopContext:
    """The shop of a merchant, for work outside a request. Raises NotFound."""
    row = db.session.execute(_SELECTS["merchant"], {"key": merchant_id}).first()
    if row is None:
        raise NotFound(_l("There is no such shop."))
    return shop_from_row(row, "")


def shop_by_slug(slug: str) -> ShopContext:
    """The shop with a built-in name, for commands. Raises NotFound."""
    row = db.session.execute(_SELECTS["slug"], {"key": slug}).first()
    if row is None:
        raise NotFound(_l("There is no shop called %(slug)s.", slug=slug))
    return shop_from_row(row, "")


def shop_from_row(row: Row[Any], host: str) -> ShopContext:
    """A context from a row of `shop_select`, with the plugins that are on and their settings."""
    config = current_app.config["TONGBAO"]
    plugins, settings = _choices(row.merchant_id, row.version)
    return ShopContext(
        merchant_id=row.merchant_id,
        slug=row.slug,
        name=row.name,
        tagline=row.tagline,
        about=row.about,
        contact_email=row.contact_email,
        currency=row.currency,
        locale=row.locale,
        theme=row.theme,
        version=row.version,
        tax_ppm=row.tax_ppm,
        prices_include_tax=row.prices_include_tax,
        auto_release_days=row.auto_release_days,
        payment_minutes=row.payment_minutes,
        fee_ppm=row.fee_ppm,
        open=row.open,
        host=host,
        primary_host=row.primary_host or f"{row.slug}.{config.platform_host}",
        plugins=plugins,
        plugin_settings=settings,
        options=row.options or {},
    )


Choices = tuple[frozenset[str], Mapping[str, Mapping[str, Any]]]


class _KeptChoices:
    """Choices by (merchant, shop version): exact, since each change of a choice makes a new version of the shop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Choices] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int]) -> Choices | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, int], choices: Choices) -> None:
        with self._lock:
            self._kept[key] = choices
            while len(self._kept) > _CHOICES_KEPT_MAX:
                self._kept.popitem(last=False)


def _choices(merchant_id: str, version: int) -> Choices:
    kept: _KeptChoices = current_app.extensions.setdefault("tongbao.plugin_choices", _KeptChoices())
    found = kept.get((merchant_id, version))
    if found is None:
        # The version is read again in the statement: the shop may have changed since the caller's read.
        rows = db.session.execute(
            select(Shop.version, PluginChoice.plugin_id, PluginChoice.enabled, PluginChoice.settings)
            .select_from(Shop)
            .outerjoin(PluginChoice, PluginChoice.merchant_id == Shop.merchant_id)
            .where(Shop.merchant_id == merchant_id)
        ).all()
        found = _chosen(rows)
        if rows and rows[0].version == version:
            kept.put((merchant_id, version), found)
    return found


def _chosen(rows: Sequence[Row[Any]]) -> Choices:
    known = registry()
    chosen = {row.plugin_id: row for row in rows if row.plugin_id is not None}
    enabled, settings = set(), {}
    for manifest in known.manifests:
        choice = chosen.get(manifest.id)
        if choice.enabled if choice is not None else manifest.on_by_default:
            enabled.add(manifest.id)
        stored = choice.settings if choice is not None else {}
        settings[manifest.id] = effective_settings(manifest.settings, stored)
    return frozenset(enabled), settings


def domains_of(merchant_id: str) -> Sequence[Domain]:
    """A merchant's domains, the primary first, then by name."""
    return db.session.scalars(
        select(Domain).where(Domain.merchant_id == merchant_id).order_by(Domain.is_primary.desc(), Domain.host)
    ).all()


def proof_belongs(merchant_id: str, token: str) -> bool:
    """Whether a token is the proof of one of this merchant's claims."""
    found = db.session.scalar(select(Domain.id).where(Domain.merchant_id == merchant_id, Domain.token == token))
    return found is not None


def may_serve(host: str) -> bool:
    """Whether a certificate may be asked for this name: the platform's, a shop's built-in one, or a proven domain."""
    config = current_app.config["TONGBAO"]
    name = plain_host(host)
    if name is None:
        return False
    if name == config.platform_host:
        return True
    key = host_key(name, config.platform_host)
    if key is None:
        return False
    row = db.session.execute(_SELECTS[key[0]], {"key": key[1]}).first()
    return row is not None and row.status == "active"


def stored_choice(merchant_id: str, plugin_id: str) -> PluginChoice | None:
    """A merchant's word on a plugin as stored, for the console's form (secrets sealed)."""
    return db.session.get(PluginChoice, (merchant_id, plugin_id))
