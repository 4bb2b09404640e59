"""The storefront's blueprint, and what all of its pages show."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog.pictures import media_url
from core.catalog.queries import categories_tree
from core.catalog.shapes import CategoryView
from core.web.pages import render_page
from core.web.platform.views import landing
from core.web.storefront.door import let_be_framed, stand_at_the_door
from core.web.storefront.frame import menu, offered_languages, preview_subject, shown_theme
from core.web.storefront.shown import shelf_links
from core.web.tenancy import current_shop

blueprint = Blueprint("storefront", __name__)
_TREES_KEPT_MAX = 512


@blueprint.before_request
def _only_in_a_shop() -> WerkzeugResponse | None:
    """The platform's host has one page in common with a shop: the first."""
    if g.face == "shop":
        return stand_at_the_door(current_shop())
    if g.face == "platform" and request.endpoint == "storefront.home":
        return landing()
    raise NotFound(_l("This page does not exist."))


class _KeptTrees:
    """The shelves of shops by (merchant, shop version): exact, since each change of them makes a new version."""

    def __init__(self) -> None:
        self._trees: OrderedDict[tuple[str, int], tuple[CategoryView, ...]] = OrderedDict()
        self._lock = Lock()

    def of(self, merchant_id: str, version: int) -> tuple[CategoryView, ...]:
        key = (merchant_id, version)
        with self._lock:
            if key in self._trees:
                self._trees.move_to_end(key)
                return self._trees[key]
        tree = categories_tree(merchant_id)
        with self._lock:
            self._trees[key] = tree
            if len(self._trees) > _TREES_KEPT_MAX:
                self._trees.popitem(last=False)
        return tree


_trees = _KeptTrees()


def shelves() -> tuple[CategoryView, ...]:
    """The categories of this shop with something on them, for its navigation."""
    shop = current_shop()
    return tuple(shelf for shelf in _trees.of(shop.merchant_id, shop.version) if shelf.total_count)


@blueprint.after_request
def _preview_in_the_console(response: Response) -> Response:
    shop = g.get("shop")
    return let_be_framed(response) if shop is not None and preview_subject(shop) is not None else response


@blueprint.app_context_processor
def _for_every_page() -> dict[str, Any]:
    if g.get("face") != "shop":
        return {}
    shop, here = current_shop(), shelves()
    theme = shown_theme(shop)
    preview = request.args.get("preview", "") if preview_subject(shop) == "look" else ""
    return {
        "nav_categories": shelf_links(here),
        "header_menu": menu(shop, "header", here),
        "footer_menu": menu(shop, "footer", here),
        "languages": offered_languages(shop),
        "logo_url": media_url(str(theme["logo"])) if theme.get("logo") else None,
        "icon_url": media_url(str(theme["icon"])) if theme.get("icon") else None,
        "head_style": theme.get("head", "start"),
        "preview_query": f"&preview={preview}" if preview else "",
    }


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the storefront by its short name."""
    return render_page(f"storefront/{template}.html", status=status, **context)
