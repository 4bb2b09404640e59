"""Counting what lies there: begun, written down, applied at once or given up."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields, validate

from core.api.operation import Call, operation
from core.api.shapes import Body, Listed, Moment, Shape, Text, Whole, page_of
from core.inventory import counting
from core.inventory.place_queries import count_lines, count_of, counts_of
from core.inventory.service import QUANTITY_MAX

blueprint = Blueprint(
    "api_stock_counts", __name__, url_prefix="/api/v1/stock-counts", description="Counting what lies there."
)
COUNTS_MAX = 500
LINES_MAX = 500


class StockCountShape(Shape):
    """A count: open, applied or cancelled."""

    id = fields.String(required=True)
    name = fields.String()
    location_id = fields.String(allow_none=True)
    location = fields.String()
    state = fields.String()
    by = fields.String()
    created_at = Moment()


StockCountPageShape = page_of(StockCountShape, "StockCount")


class WholeStockCountShape(StockCountShape):
    """A count with how far it is."""

    counted = fields.Integer()
    total = fields.Integer()
    different = fields.Integer()


class StockCountLineShape(Shape):
    """A variant to be counted; `expected` is what should have been there when its number was written down."""

    variant_id = fields.String()
    name = fields.String()
    label = fields.String()
    sku = fields.String()
    counted = fields.Integer(attribute="quantity", allow_none=True)
    expected = fields.Integer(attribute="other", allow_none=True)


StockCountLinePageShape = page_of(StockCountLineShape, "StockCountLine")


class StockCountLineQuery(Listed):
    """Which lines."""

    q = fields.String(validate=validate.Length(max=100))
    only_ = fields.String(data_key="only", validate=validate.OneOf(("open", "different")))


class NewStockCountBody(Body):
    """What is counted: one place or everything, one category or all."""

    name = Text(80, least=1, required=True)
    location_id = Text(40, allow_none=True)
    category_id = Text(40, allow_none=True)


class CountedBody(Body):
    """What was counted of a variant; null: not counted after all."""

    variant_id = Text(40, least=1, required=True)
    counted = Whole(0, QUANTITY_MAX, required=True, allow_none=True)


class CountedLinesBody(Body):
    """Numbers to be written down."""

    lines = fields.List(fields.Nested(CountedBody), required=True, validate=validate.Length(1, LINES_MAX))


def _count(call: Call, count_id: str) -> dict[str, Any]:
    row = count_of(call.merchant_id, count_id)
    counted, total, different = counting.count_progress(call.merchant_id, count_id)
    shown = {name: getattr(row, name) for name in StockCountShape().fields}
    return {**shown, "counted": counted, "total": total, "different": different}


@operation(blueprint, "GET", "", scope="stock:read", answer=StockCountPageShape, listed=True)
def list_counts(call: Call) -> Any:
    """Counts, the newest first."""
    found = counts_of(call.merchant_id, limit=COUNTS_MAX)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(blueprint, "POST", "", scope="stock:write", answer=WholeStockCountShape, body=NewStockCountBody, status=201)
def start_count(call: Call) -> Any:
    """Begin to count; sales go on meanwhile."""
    count_id = counting.start_count(call.merchant_id, actor_id=call.actor_id, **call.body)
    call.location = f"/api/v1/stock-counts/{count_id}"
    return _count(call, count_id)


@operation(blueprint, "GET", "/<count_id>", scope="stock:read", answer=WholeStockCountShape)
def get_count(call: Call, count_id: str) -> Any:
    """One count and how far it is."""
    return _count(call, count_id)


@operation(
    blueprint,
    "GET",
    "/<count_id>/lines",
    scope="stock:read",
    answer=StockCountLinePageShape,
    query=StockCountLineQuery,
    listed=True,
)
def list_count_lines(call: Call, count_id: str) -> Any:
    """What is counted, by name."""
    count_of(call.merchant_id, count_id)
    rows, after = count_lines(
        call.merchant_id,
        count_id,
        text=call.query.get("q", ""),
        only=call.query.get("only_", ""),
        cursor=call.place(),
        limit=call.limit,
    )
    return call.page(rows, after)


@operation(
    blueprint,
    "POST",
    "/<count_id>/lines",
    scope="stock:write",
    answer=WholeStockCountShape,
    body=CountedLinesBody,
)
def write_counts(call: Call, count_id: str) -> Any:
    """Write down what was counted, as often as one likes."""
    counted = {one["variant_id"]: one["counted"] for one in call.body["lines"]}
    counting.write_counts(call.merchant_id, count_id, counted, actor_id=call.actor_id)
    return _count(call, count_id)


@operation(blueprint, "POST", "/<count_id>/apply", scope="stock:write", answer=WholeStockCountShape)
def apply_count(call: Call, count_id: str) -> Any:
    """Correct the stock by what was counted, all at once."""
    counting.apply_count(call.merchant_id, count_id, actor_id=call.actor_id)
    return _count(call, count_id)


@operation(blueprint, "POST", "/<count_id>/cancel", scope="stock:write", answer=WholeStockCountShape)
def cancel_count(call: Call, count_id: str) -> Any:
    """Give a count up; nothing changes."""
    counting.cancel_count(call.merchant_id, count_id, actor_id=call.actor_id)
    return _count(call, count_id)
