"""The storefront's blueprint, and what all of its pages show."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog.queries import categories_tree
from core.catalog.shapes import CategoryView
from core.web.pages import render_page
from core.web.platform.views import landing
from core.web.storefront.shown import shelf_links
from core.web.tenancy import current_shop

blueprint = Blueprint("storefront", __name__)
_TREES_KEPT_MAX = 512


@blueprint.before_request
def _only_in_a_shop() -> Response | None:
    """The platform's host has one page in common with a shop: the first."""
    if g.face == "shop":
        return None
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


@blueprint.app_context_processor
def _for_every_page() -> dict[str, Any]:
    return {"nav_categories": shelf_links(shelves())} if g.get("face") == "shop" else {}


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the storefront by its short name."""
    return render_page(f"storefront/{template}.html", status=status, **context)
