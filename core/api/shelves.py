"""Categories and stock."""

from __future__ import annotations

from typing import Any, cast

from flask_smorest import Blueprint

from core.api import goods_shapes as shapes
from core.api.operation import Call, operation
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.catalog import service as catalog
from core.catalog.errors import CategoryNotFound
from core.catalog.queries import categories_tree, flatten
from core.catalog.shapes import CategoryView
from core.inventory import queries
from core.inventory import service as inventory

categories = Blueprint("api_categories", __name__, url_prefix="/api/v1/categories", description="The shop's shelves.")
stock = Blueprint("api_stock", __name__, url_prefix="/api/v1/stock", description="What is there, and what moved.")


def _category(call: Call, category_id: str) -> CategoryView:
    for one in flatten(categories_tree(call.merchant_id, published_only=False)):
        if one.id == category_id:
            return one
    raise CategoryNotFound(_l("This category does not exist."))


@operation(categories, "GET", "", scope="catalog:read", answer=shapes.CategoryPageShape, listed=True)
def list_categories(call: Call) -> Any:
    """All categories, parents before children."""
    found = flatten(categories_tree(call.merchant_id, published_only=False))
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(
    categories, "POST", "", scope="catalog:write", answer=shapes.CategoryShape, body=shapes.CategoryBody, status=201
)
def create_category(call: Call) -> Any:
    """Add a category."""
    category_id = catalog.create_category(
        call.merchant_id,
        name=call.body["name"],
        parent_id=call.body.get("parent_id") or None,
        position=call.body.get("position", 0),
    )
    call.location = f"/api/v1/categories/{category_id}"
    return _category(call, category_id)


@operation(categories, "GET", "/<category_id>", scope="catalog:read", answer=shapes.CategoryShape, versioned=True)
def get_category(call: Call, category_id: str) -> Any:
    """One category."""
    return _category(call, category_id)


@operation(
    categories,
    "PUT",
    "/<category_id>",
    scope="catalog:write",
    answer=shapes.CategoryShape,
    body=shapes.CategoryBody,
    versioned=True,
    current=_category,
)
def change_category(call: Call, category_id: str) -> Any:
    """Rename or move a category with everything below it."""
    catalog.update_category(
        call.merchant_id,
        category_id,
        name=call.body["name"],
        parent_id=call.body.get("parent_id") or None,
        position=call.body.get("position", 0),
    )
    return _category(call, category_id)


@operation(categories, "POST", "/<category_id>/merge", scope="catalog:write", status=204, body=shapes.MergeBody)
def merge_category(call: Call, category_id: str) -> None:
    """Put everything of a category onto another and take the first away."""
    catalog.merge_categories(call.merchant_id, category_id, call.body["target_id"])


@operation(categories, "DELETE", "/<category_id>", scope="catalog:write", status=204)
def delete_category(call: Call, category_id: str) -> None:
    """Take a category away; its products stay in the shop."""
    catalog.delete_category(call.merchant_id, category_id)


def _stock(call: Call, variant_id: str) -> queries.StockRow:
    return queries.stock_of(call.merchant_id, variant_id)


@operation(stock, "GET", "", scope="stock:read", answer=shapes.StockPageShape, query=shapes.StockQuery, listed=True)
def list_stock(call: Call) -> Any:
    """The stock of every variant for sale, by name."""
    found = queries.stock_page(
        call.merchant_id,
        text=call.query.get("q", ""),
        only=cast(queries.Only, call.query.get("only_", "")),
        cursor=call.place(),
        limit=call.limit,
    )
    return call.page(found.rows, found.next_cursor)


@operation(stock, "GET", "/<variant_id>", scope="stock:read", answer=shapes.StockShape, versioned=True)
def get_stock(call: Call, variant_id: str) -> Any:
    """One variant's stock."""
    return _stock(call, variant_id)


@operation(
    stock,
    "PUT",
    "/<variant_id>",
    scope="stock:write",
    answer=shapes.StockShape,
    body=shapes.StockBody,
    versioned=True,
    current=_stock,
)
def count_stock(call: Call, variant_id: str) -> Any:
    """Say how much was counted, or whether the variant is counted at all."""
    _stock(call, variant_id)
    if "on_hand" not in call.body and "tracked" not in call.body:
        words = _l("Say how much is there, or whether it is counted.")
        raise Invalid(words, fields={"on_hand": words})
    if "tracked" in call.body:
        inventory.set_tracked(call.merchant_id, variant_id, call.body["tracked"])
    if "on_hand" in call.body:
        note = call.body.get("note", "")
        inventory.set_stock(call.merchant_id, variant_id, call.body["on_hand"], note=note, actor_id=call.actor_id)
    return _stock(call, variant_id)


@operation(
    stock,
    "POST",
    "/<variant_id>/adjust",
    scope="stock:write",
    answer=shapes.StockShape,
    body=shapes.AdjustBody,
    key_needed=True,
)
def adjust_stock(call: Call, variant_id: str) -> Any:
    """Correct a variant's stock by some units."""
    _stock(call, variant_id)
    inventory.adjust_stock(
        call.merchant_id,
        variant_id,
        call.body["delta"],
        reason=call.body.get("reason", "adjust"),
        note=call.body.get("note", ""),
        actor_id=call.actor_id,
    )
    return _stock(call, variant_id)


@operation(stock, "GET", "/<variant_id>/movements", scope="stock:read", answer=shapes.MovementPageShape, listed=True)
def list_movements(call: Call, variant_id: str) -> Any:
    """What changed a variant's stock, the newest first."""
    _stock(call, variant_id)
    place = call.place()
    rows, before = queries.movements(
        call.merchant_id, variant_id, before=int(place) if place else None, limit=call.limit
    )
    return call.page(rows, before)
