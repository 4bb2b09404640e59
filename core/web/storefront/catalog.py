"""Looking around: the first page, categories, search, a product."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import NotFound
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.money import MoneyError, parse_minor
from core.catalog.addresses import moved_to
from core.catalog.browse import Wanted, browse, facets
from core.catalog.queries import (
    category_by_slug,
    flatten,
    list_products,
    product_by_slug,
    related_products,
)
from core.catalog.shapes import SORTS, CategoryView, ProductView, Sort, VariantView
from core.site.looks import default_home
from core.site.queries import in_language
from core.web.formats import money
from core.web.i18n import current_locale
from core.web.storefront.blocks import blocks_shown
from core.web.storefront.frame import shown_look
from core.web.storefront.schemas import Search, load_form
from core.web.storefront.search_facts import base_url, product_search
from core.web.storefront.shown import (
    Shown,
    cards,
    category_url,
    count_text,
    full_product,
    gift_form,
    next_url,
    product_url,
    shelf_links,
)
from core.web.storefront.site import blueprint, shelves, show
from core.web.tenancy import current_shop

LIST_PRODUCTS = 24
SORT_NAMES = {
    "new": _l("Newest"),
    "price_up": _l("Price, low to high"),
    "price_down": _l("Price, high to low"),
    "name": _l("Name"),
}


@blueprint.get("/")
def home() -> Response:
    """The shop's first page: what it is, its shelves, what is new."""
    shop = current_shop()
    arranged = in_language(shown_look(shop).get("home") or {}, current_locale(), shop.locale)
    return show("home", blocks=blocks_shown(shop, arranged or default_home(), home=True))


@blueprint.get("/categories/<slug>")
def category(slug: str) -> Response:
    """A shelf with what stands on it and below it."""
    shop = current_shop()
    found = category_by_slug(shop.merchant_id, slug[:120])
    if found is None:
        raise NotFound(_l("There is no such category in this shop."))
    sort = request.args.get("sort", "new")
    chosen: Sort = next((known for known in SORTS if known == sort), "new")
    page = list_products(
        shop.merchant_id, category_id=found.id, sort=chosen, cursor=request.args.get("cursor"), limit=LIST_PRODUCTS
    )
    flat = flatten(shelves())
    here = next((shelf for shelf in flat if shelf.id == found.id), None)
    above = [shelf for shelf in flat if found.path.startswith(shelf.path + " > ")]
    path = category_url(found.slug)
    return show(
        "category",
        category={"name": found.name},
        trail=[{"label": current_shop().name, "url": "/"}, *trail(above), {"label": found.name, "url": None}],
        children=shelf_links(here.children if here else ()),
        sorts=list(SORT_NAMES.items()),
        sort=chosen,
        products=cards(page.rows),
        count_text=count_text(here.total_count) if here else None,
        previous_url=f"{path}?sort={chosen}" if request.args.get("cursor") else None,
        next_url=next_url(path, page.next_cursor, sort=chosen),
    )


def trail(shelves_above: list[CategoryView]) -> list[Shown]:
    """Shelves as steps of the way here."""
    return [{"label": shelf.name, "url": category_url(shelf.slug)} for shelf in shelves_above]


@blueprint.get("/search")
def search() -> Response:
    """Products that hold every word that was typed (Chinese without spaces too), narrowed by shelf, price and more."""
    given = load_form(Search, request.args)
    shop, cursor = current_shop(), given["cursor"]
    flat = flatten(shelves())
    shelf = next((one for one in flat if one.slug == given["category"]), None)
    wanted = Wanted(
        text=given["q"],
        category_id=shelf.id if shelf else None,
        price_from_minor=_price(given["least"]),
        price_to_minor=_price(given["most"]),
        tag=given["tag"],
        available=given["available"] == "1",
    )
    sort: Sort | None = next((known for known in SORTS if known == given["sort"]), None)
    page = browse(shop.merchant_id, wanted, sort=sort, cursor=cursor, limit=LIST_PRODUCTS)
    found = facets(shop.merchant_id, wanted)
    kept = {name: given[name] for name in ("q", "category", "tag", "least", "most", "available", "sort") if given[name]}
    back = "/search" + (f"?{urlencode(kept)}" if kept else "")
    return show(
        "search",
        text=given["q"],
        chosen=given,
        narrowed=bool(set(kept) - {"q", "sort"}),
        sorts=[("", _("Best fit") if given["q"] else _("Newest")), *list(SORT_NAMES.items())[0 if given["q"] else 1 :]],
        shelf_choices=[("", _("All categories")), *((one.slug, one.path) for one in flat)],
        tag_choices=[("", _("All tags")), *((tag, f"{tag} ({count})") for tag, count in found.tags)],
        price_hint=(money(found.price_from_minor), money(found.price_to_minor)) if found.count else None,
        products=cards(page.rows, stock_known=True),
        count_text=count_text(found.count),
        previous_url=back if cursor else None,
        next_url=next_url("/search", page.next_cursor, **kept),
    )


def _price(text: str) -> int | None:
    """An amount that a visitor typed; what is none does not narrow."""
    try:
        minor = parse_minor(text, current_shop().currency) if text else None
    except MoneyError:
        return None
    return minor if minor is None or minor >= 0 else None


def chosen_variant(product: ProductView, variant_id: str | None) -> VariantView:
    """The wanted variant, or the first in stock, or the first."""
    wanted = [variant for variant in product.variants if variant.id == variant_id]
    return next(iter([*wanted, *(variant for variant in product.variants if variant.in_stock), *product.variants]))


@blueprint.get("/products/<slug>")
def product(slug: str) -> Response:
    """A product: pictures, price, what can be chosen, one clear action. `?variant=` chooses without scripts."""
    shop = current_shop()
    found = product_by_slug(shop.merchant_id, slug[:160])
    if found is None and (now := moved_to(shop.merchant_id, slug[:160])) is not None:
        return redirect(product_url(now), 301)
    if found is None or not found.variants:
        raise NotFound(_l("This product is not in the shop any more."))
    return product_page(found, request.args.get("variant"))


def product_page(
    found: ProductView,
    variant_id: str | None,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, object] | None = None,
    status: int = 200,
) -> Response:
    """The page of a product with a variant chosen; for a gift card also what was typed and what is wrong with it."""
    shop, selected = current_shop(), chosen_variant(found, variant_id)
    shelf = [{"label": link.name, "url": category_url(link.slug)} for link in found.categories[:1]]
    promises = [{"icon": "lock", "text": _("Your money is kept safe until you have the goods.")}]
    return show(
        "product",
        status=status,
        product=full_product(found, selected),
        gift=gift_form(found, shop.currency) if found.is_gift_card else None,
        typed=typed or {},
        problems=problems or {},
        trail=[{"label": shop.name, "url": "/"}, *shelf, {"label": found.name, "url": None}],
        related=cards(related_products(shop.merchant_id, found.id)),
        search=product_search(found, base_url()),
        promises=[] if found.is_gift_card else promises,
    )
