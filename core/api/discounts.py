"""Discounts: codes that lower the price, and offers that apply by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from flask_smorest import Blueprint

from core.api import discount_shapes as shapes
from core.api.operation import Call, operation
from core.base import clock
from core.discounts import service
from core.discounts.models import Discount
from core.discounts.queries import UseFigures, codes_of, discounts_page, figures_of, first_codes, get_discount

blueprint = Blueprint("api_discounts", __name__, url_prefix="/api/v1/discounts", description="What lowers a price.")
READ, WRITE = "discounts:read", "discounts:write"
_SHOWN = tuple(name for name in shapes.DiscountShape().fields if name not in ("code", "codes", "state"))


def _shown(merchant_id: str, rows: Sequence[Discount]) -> list[dict[str, Any]]:
    codes = first_codes(merchant_id, [row.id for row in rows if row.method == "code"])
    moment = clock.now()
    return [
        {name: getattr(row, name) for name in _SHOWN}
        | dict(zip(("code", "codes"), codes.get(row.id, ("", 0)), strict=True))
        | {"state": service.discount_state(row, moment)}
        for row in rows
    ]


def _discount(call: Call, discount_id: str) -> dict[str, Any]:
    (found,) = _shown(call.merchant_id, [get_discount(call.merchant_id, discount_id)])
    figures = figures_of(call.merchant_id, [discount_id]).get(discount_id, UseFigures())
    return found | {"figures": asdict(figures)}


@operation(blueprint, "GET", "", scope=READ, answer=shapes.DiscountPageShape, query=shapes.DiscountQuery, listed=True)
def list_discounts(call: Call) -> Any:
    """Discounts, the newest first."""
    rows, before = discounts_page(
        call.merchant_id, method=call.query.get("method", ""), before=call.place(), limit=call.limit
    )
    return call.page(_shown(call.merchant_id, rows), before)


@operation(
    blueprint,
    "POST",
    "",
    scope=WRITE,
    answer=shapes.DiscountWithFiguresShape,
    body=shapes.NewDiscountBody,
    status=201,
    versioned=True,
)
def make_discount(call: Call) -> Any:
    """Make a discount."""
    given = dict(call.body)
    method, code = given.pop("method"), given.pop("code", "")
    discount_id = service.create_discount(
        call.merchant_id, _terms(service.Terms(), given), method=method, code=code, actor_id=call.actor_id
    )
    call.location = f"/api/v1/discounts/{discount_id}"
    return _discount(call, discount_id)


@operation(blueprint, "GET", "/<discount_id>", scope=READ, answer=shapes.DiscountWithFiguresShape, versioned=True)
def show_discount(call: Call, discount_id: str) -> Any:
    """One discount and what became of it."""
    return _discount(call, discount_id)


@operation(
    blueprint,
    "PATCH",
    "/<discount_id>",
    scope=WRITE,
    answer=shapes.DiscountWithFiguresShape,
    body=shapes.ChangeDiscountBody,
    versioned=True,
    current=_discount,
)
def change_discount(call: Call, discount_id: str) -> Any:
    """Change what a discount gives from now on, or switch it off or on."""
    given = dict(call.body)
    active = given.pop("active", None)
    if given:
        terms = _terms(service.Terms.of(get_discount(call.merchant_id, discount_id)), given)
        service.change_discount(call.merchant_id, discount_id, terms, actor_id=call.actor_id)
    if active is not None:
        service.set_discount_active(call.merchant_id, discount_id, active, actor_id=call.actor_id)
    return _discount(call, discount_id)


@operation(blueprint, "POST", "/<discount_id>/end", scope=WRITE, answer=shapes.DiscountWithFiguresShape)
def end_discount(call: Call, discount_id: str) -> Any:
    """End a discount now, for good."""
    service.end_discount(call.merchant_id, discount_id, actor_id=call.actor_id)
    return _discount(call, discount_id)


@operation(blueprint, "GET", "/<discount_id>/codes", scope=READ, answer=shapes.DiscountCodePageShape, listed=True)
def list_codes(call: Call, discount_id: str) -> Any:
    """The codes of a discount, the oldest first."""
    get_discount(call.merchant_id, discount_id)
    rows = codes_of(call.merchant_id, [discount_id], after=call.place(), limit=call.limit + 1)
    return call.page(rows[: call.limit], rows[call.limit - 1].id if len(rows) > call.limit else None)


@operation(
    blueprint,
    "POST",
    "/<discount_id>/codes",
    scope=WRITE,
    answer=shapes.MadeCodesShape,
    body=shapes.MakeCodesBody,
    status=201,
    key_needed=True,
)
def make_codes(call: Call, discount_id: str) -> Any:
    """Make codes for one use each, to hand out one by one."""
    return {"codes": service.make_codes(call.merchant_id, discount_id, **call.body, actor_id=call.actor_id)}


def _terms(before: service.Terms, given: dict[str, Any]) -> service.Terms:
    known = {field.name for field in fields(service.Terms)}
    named: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return replace(before, **{name: value for name, value in named.items() if name in known})
