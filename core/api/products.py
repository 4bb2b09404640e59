"""Products, their variants and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import request
from flask_smorest import Blueprint

from core.api import goods_shapes as shapes
from core.api.operation import Call, operation
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.catalog import images, service
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.lifecycle import archive_products, duplicate_product
from core.catalog.lists import products_for_console
from core.catalog.queries import product_by_id
from core.catalog.shapes import ProductState, ProductView, StockFilter

blueprint = Blueprint("api_products", __name__, url_prefix="/api/v1/products", description="What the shop sells.")
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_WORDS = ("name", "slug", "summary", "description_html", "vendor", "published", "seo_title", "seo_description")


def shown(product: ProductView) -> dict[str, Any]:
    """A product as the API shows it."""
    options = [{"name": name, "values": values} for name, values in product.options]
    return {**{name: getattr(product, name) for name in ProductView.__slots__}, "options": options}


def _product(call: Call, product_id: str, **_more: str) -> dict[str, Any]:
    return shown(product_by_id(call.merchant_id, product_id))


def _options(given: Sequence[Mapping[str, Any]]) -> list[OptionDetails]:
    return [OptionDetails(one["name"], tuple(one["values"])) for one in given]


def _variants(given: Sequence[Mapping[str, Any]]) -> list[VariantDetails]:
    return [VariantDetails(**{**one, "option_values": tuple(one.get("option_values", ()))}) for one in given]


def _details(given: Mapping[str, Any], before: ProductView | None = None) -> ProductDetails:
    values: dict[str, Any] = {name: getattr(before, name) for name in _WORDS} if before else {}
    values |= {name: given[name] for name in _WORDS if name in given}
    if "tax_category_id" in given:
        values["tax_category_id"] = given["tax_category_id"] or ""
    values |= {name: given[name] for name in ("kind", "gift") if name in given}
    tags = given.get("tags", before.tags if before else ())
    return ProductDetails(**values, tags=tuple(tags))


@operation(
    blueprint, "GET", "", scope="catalog:read", answer=shapes.ProductPageShape, query=shapes.ProductQuery, listed=True
)
def list_products(call: Call) -> Any:
    """Products, the newest first."""
    wanted = StockFilter(
        text=call.query.get("q", ""),
        state=cast(ProductState, call.query.get("state", "")),
        category_id=call.query.get("category_id"),
    )
    found = products_for_console(call.merchant_id, wanted, cursor=call.place(), limit=call.limit)
    return call.page(found.rows, found.next_cursor)


@operation(
    blueprint,
    "POST",
    "",
    scope="catalog:write",
    answer=shapes.ProductShape,
    body=shapes.NewProductBody,
    status=201,
    versioned=True,
)
def create_product(call: Call) -> Any:
    """Put a new product on the shelves."""
    product_id = service.create_product(
        call.merchant_id,
        _details(call.body),
        options=_options(call.body.get("options", ())),
        variants=_variants(call.body["variants"]),
        category_ids=call.body.get("category_ids", ()),
    )
    call.location = f"/api/v1/products/{product_id}"
    return _product(call, product_id)


@operation(blueprint, "GET", "/<product_id>", scope="catalog:read", answer=shapes.ProductShape, versioned=True)
def get_product(call: Call, product_id: str) -> Any:
    """One product with its variants and pictures."""
    return _product(call, product_id)


@operation(blueprint, "POST", "/<product_id>/archive", scope="catalog:write", answer=shapes.ProductShape)
def archive_product(call: Call, product_id: str) -> Any:
    """Put a product away, out of the shop and the lists; orders keep it."""
    return _put_away(call, product_id, archived=True)


@operation(blueprint, "POST", "/<product_id>/unarchive", scope="catalog:write", answer=shapes.ProductShape)
def unarchive_product(call: Call, product_id: str) -> Any:
    """Take a product out again; it stays hidden until it is published."""
    return _put_away(call, product_id, archived=False)


def _put_away(call: Call, product_id: str, *, archived: bool) -> Any:
    product_by_id(call.merchant_id, product_id)
    archive_products(call.merchant_id, [product_id], archived, actor_id=call.actor_id)
    return _product(call, product_id)


@operation(
    blueprint,
    "POST",
    "/<product_id>/duplicate",
    scope="catalog:write",
    answer=shapes.ProductShape,
    status=201,
    key_needed=True,
)
def duplicate(call: Call, product_id: str) -> Any:
    """Make a hidden copy with the same words, variants and pictures; without SKUs, barcodes and stock."""
    return _product(call, duplicate_product(call.merchant_id, product_id, actor_id=call.actor_id))


@operation(
    blueprint,
    "PATCH",
    "/<product_id>",
    scope="catalog:write",
    answer=shapes.ProductShape,
    body=shapes.ProductBody,
    versioned=True,
    current=_product,
)
def change_product(call: Call, product_id: str) -> Any:
    """Change a product's words, whether it is shown, and where it stands."""
    before = product_by_id(call.merchant_id, product_id)
    service.update_product(
        call.merchant_id,
        product_id,
        _details(call.body, before),
        expected_version=before.version,
        category_ids=call.body.get("category_ids"),
    )
    return _product(call, product_id)


@operation(
    blueprint,
    "PUT",
    "/<product_id>/variants",
    scope="catalog:write",
    answer=shapes.ProductShape,
    body=shapes.VariantsBody,
    versioned=True,
    current=_product,
)
def save_variants(call: Call, product_id: str) -> Any:
    """Make these the variants of a product, all or nothing."""
    service.save_variants(
        call.merchant_id, product_id, _options(call.body.get("options", ())), _variants(call.body["variants"])
    )
    return _product(call, product_id)


@operation(
    blueprint,
    "POST",
    "/<product_id>/images",
    scope="catalog:write",
    answer=shapes.ProductShape,
    status=201,
    query=shapes.ImageQuery,
    upload=IMAGE_TYPES,
)
def add_image(call: Call, product_id: str) -> Any:
    """Add a picture (the body is the file); it is made anew in the sizes that the shop uses."""
    images.add_image(call.merchant_id, product_id, request.get_data(cache=True), alt=call.query["alt"])
    return _product(call, product_id)


@operation(
    blueprint,
    "PUT",
    "/<product_id>/images",
    scope="catalog:write",
    answer=shapes.ProductShape,
    body=shapes.OrderOfImages,
)
def order_images(call: Call, product_id: str) -> Any:
    """Put the pictures of a product in order."""
    images.reorder_images(call.merchant_id, product_id, call.body["image_ids"])
    return _product(call, product_id)


@operation(
    blueprint,
    "PUT",
    "/<product_id>/images/<image_id>",
    scope="catalog:write",
    answer=shapes.ProductShape,
    body=shapes.ImageBody,
)
def describe_image(call: Call, product_id: str, image_id: str) -> Any:
    """Say what a picture shows."""
    _require_image(call, product_id, image_id)
    images.describe_image(
        call.merchant_id, image_id, alt=call.body["alt"], variant_id=call.body.get("variant_id") or None
    )
    return _product(call, product_id)


@operation(blueprint, "DELETE", "/<product_id>/images/<image_id>", scope="catalog:write", status=204)
def remove_image(call: Call, product_id: str, image_id: str) -> None:
    """Take a picture away."""
    _require_image(call, product_id, image_id)
    images.remove_image(call.merchant_id, image_id)


def _require_image(call: Call, product_id: str, image_id: str) -> None:
    if image_id not in {image.id for image in product_by_id(call.merchant_id, product_id).images}:
        raise NotFound(_l("There is no such picture."))
