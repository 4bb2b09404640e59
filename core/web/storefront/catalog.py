"""Looking around: the first page, categories, search, a product."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog.queries import category_by_slug, flatten, list_products, product_by_slug, search_products
from core.catalog.shapes import SORTS, ImageView, ProductView, Sort, VariantView
from core.web.storefront.schemas import Search, load_form
from core.web.storefront.site import blueprint, shelves, show
from core.web.tenancy import current_shop

HOME_PRODUCTS = 12
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
    page = list_products(current_shop().merchant_id, limit=HOME_PRODUCTS)
    return show("home", products=page.rows)


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
    return show(
        "category",
        category=found,
        shelf=here,
        above=above,
        page=page,
        products=page.rows,
        sort=chosen,
        sorts=SORT_NAMES,
    )


@blueprint.get("/search")
def search() -> Response:
    """Products that hold every word that was typed (Chinese without spaces too)."""
    wanted = load_form(Search, request.args)
    text = wanted["q"]
    page = search_products(current_shop().merchant_id, text, cursor=wanted["cursor"], limit=LIST_PRODUCTS)
    return show("search", text=text, page=page, products=page.rows)


@dataclass(frozen=True, slots=True)
class Shown:
    """A product's page with one variant chosen."""

    product: ProductView
    selected: VariantView
    image: ImageView | None


def shown_product(slug: str, variant_id: str | None) -> Shown:
    """The product at an address with the wanted variant, or the first that is in stock. Raises NotFound."""
    product = product_by_slug(current_shop().merchant_id, slug[:160])
    if product is None or not product.variants:
        raise NotFound(_l("This product is not in the shop any more."))
    wanted = [variant for variant in product.variants if variant.id == variant_id]
    selected = next(iter([*wanted, *(v for v in product.variants if v.in_stock), *product.variants]))
    own = [image for image in product.images if image.variant_id == selected.id]
    image = next(iter([*own, *product.images]), None)
    return Shown(product, selected, image)


@blueprint.get("/products/<slug>")
def product(slug: str) -> Response:
    """A product: pictures, price, what can be chosen, one clear action."""
    return product_page(slug, request.args.get("variant"))


def product_page(slug: str, variant_id: str | None, *, refused: Invalid | None = None, status: int = 200) -> Response:
    """The page, also after a refusal of its form."""
    shown = shown_product(slug, variant_id)
    return show(
        "product",
        status=status,
        product=shown.product,
        selected=shown.selected,
        image=shown.image,
        refusal=refused.message if refused else None,
    )
