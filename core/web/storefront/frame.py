"""What every page of a shop shows of its merchant's arrangement: menus, order of plugins' pieces, the first page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from flask import current_app, g, request

from core.base.i18n import LOCALES
from core.base.i18n import gettext as _
from core.catalog.queries import flatten
from core.catalog.shapes import CategoryView
from core.shops.context import ShopContext
from core.site.looks import look_of
from core.site.preview import previewed
from core.site.queries import in_language, live_frame, shown_pages
from core.site.service import page_path
from core.web.i18n import current_locale
from core.web.storefront.shown import Shown, category_url

_FRAMES_KEPT_MAX = 512


@dataclass(frozen=True, slots=True)
class Frame:
    """The live menus and look of a shop, and the pages that menus may lead to."""

    menus: Mapping[str, Any] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, tuple[str, Mapping[str, Any], datetime]] = field(default_factory=dict)


class _KeptFrames:
    """Frames by (merchant, shop version): exact, since each change of them makes a new version of the shop."""

    def __init__(self) -> None:
        self._frames: OrderedDict[tuple[str, int], Frame] = OrderedDict()
        self._lock = Lock()

    def of(self, merchant_id: str, version: int) -> Frame:
        key = (merchant_id, version)
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
        live = live_frame(merchant_id)
        frame = Frame(live.get("menus", {}), live.get("look", {}), shown_pages(merchant_id))
        with self._lock:
            self._frames[key] = frame
            if len(self._frames) > _FRAMES_KEPT_MAX:
                self._frames.popitem(last=False)
        return frame


def frame_of(shop: ShopContext) -> Frame:
    """The frame of a shop at its present version."""
    kept: _KeptFrames = current_app.extensions.setdefault("tongbao.frames", _KeptFrames())
    return kept.of(shop.merchant_id, shop.version)


def preview_subject(shop: ShopContext) -> str | None:
    """The draft that this request may see (`?preview=…`), or None."""
    if "preview_subject" not in g:
        token = request.args.get("preview", "")
        g.preview_subject = previewed(shop.merchant_id, token) if token else None
    subject: str | None = g.preview_subject
    return subject


def shown_look(shop: ShopContext) -> Mapping[str, Any]:
    """The look of this request: the draft for whoever previews it, else what is published."""
    if preview_subject(shop) == "look":
        if "previewed_look" not in g:
            g.previewed_look = look_of(shop.merchant_id)
        look: Mapping[str, Any] = g.previewed_look
        return look
    return frame_of(shop).look


def shown_theme(shop: ShopContext) -> Mapping[str, Any]:
    """The theme of this request."""
    if preview_subject(shop) == "look":
        theme: Mapping[str, Any] = shown_look(shop).get("theme") or {}
        return theme
    return shop.theme


def menu(shop: ShopContext, place: str, shelves: Iterable[CategoryView]) -> list[Shown] | None:
    """A menu as links in the reader's language; None where the merchant made none. What is gone is left out."""
    frame = frame_of(shop)
    items = frame.menus.get(place)
    if not items:
        return None
    flat = {shelf.id: shelf for shelf in flatten(tuple(shelves))}
    return [link for item in items if (link := _link(item, shop, frame, flat)) is not None]


def _link(item: Mapping[str, Any], shop: ShopContext, frame: Frame, flat: Mapping[str, CategoryView]) -> Shown | None:
    kind, target = item["kind"], item["target"]
    name, url = "", ""
    if kind == "home":
        name, url = _("Home"), "/"
    elif kind == "search":
        name, url = _("Everything in the shop"), "/search"
    elif kind == "page" and target in frame.pages:
        slug, titles, _changed = frame.pages[target]
        name, url = str(in_language(titles, current_locale(), shop.locale) or slug), page_path(slug)
    elif kind == "category" and target in flat:
        name, url = flat[target].name, category_url(flat[target].slug)
    elif kind == "address":
        url = target
    if not url:
        return None
    label = in_language(item.get("label") or {}, current_locale(), shop.locale) or name
    children = [link for child in item.get("children") or () if (link := _link(child, shop, frame, flat)) is not None]
    return {"name": label, "url": url, "children": children}


def offered_languages(shop: ShopContext) -> dict[str, str]:
    """The languages that visitors may choose."""
    wanted = shop.options.get("languages") or LOCALES
    return {locale: name for locale, name in LOCALES.items() if locale in wanted}
