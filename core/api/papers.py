"""Invoices and credit notes as they were issued; rates, exempt customers, what the tax of some days came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.api import paper_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.days import days_of, starts_of_day
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import end_read
from core.documents.content import content_of
from core.documents.drawing.invoice import invoice_pdf
from core.documents.queries import PaperFilter, file_name, paper, papers_page
from core.documents.reports import tax_sums
from core.shops.queries import shop_context
from core.shops.zones import zone_of
from core.taxes import service
from core.taxes.models import TaxCategory, TaxRate
from core.taxes.queries import categories_of, exemptions_of, rates_of, tax_rules

invoices = Blueprint("api_invoices", __name__, url_prefix="/api/v1/invoices", description="Papers that were issued.")
taxes = Blueprint("api_taxes", __name__, url_prefix="/api/v1/taxes", description="What is taxed at which rate.")


@operation(invoices, "GET", "", scope="orders:read", answer=shapes.PaperPageShape, query=shapes.PaperQuery, listed=True)
def list_invoices(call: Call) -> Any:
    """Invoices and credit notes, the newest first; with `series=fee` those of the platform to the merchant."""
    bounds = {
        name: call.query[key].isoformat() for name, key in (("from", "since"), ("to", "until")) if call.query.get(key)
    }
    since, until = days_of(bounds, zone_of(call.shop))
    wanted = PaperFilter(call.query.get("series", ""), call.query.get("q", ""), since, until)
    rows, more = papers_page(call.merchant_id, wanted, before=call.place() or "", limit=call.limit)
    return call.page(rows, more)


@operation(invoices, "GET", "/<invoice_id>", scope="orders:read", answer=shapes.WholePaperShape)
def get_invoice(call: Call, invoice_id: str) -> Any:
    """One paper with all that stands on it."""
    found = paper(call.merchant_id, invoice_id)
    content = asdict(content_of(found.content))
    return {**{name: getattr(found, name) for name in shapes.PaperShape().fields}, **content}


@operation(invoices, "GET", "/<invoice_id>/file", scope="orders:read", file=("application/pdf",))
def get_invoice_file(call: Call, invoice_id: str) -> Any:
    """The paper as PDF."""
    found = paper(call.merchant_id, invoice_id)
    end_read()
    response = Response(invoice_pdf(found), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(found.code)}"'
    return response


def _settings(call: Call) -> dict[str, Any]:
    shop = shop_context(call.merchant_id)
    rules = tax_rules(shop)
    return {
        "tax_ppm": shop.tax_ppm,
        "name": rules.standard.name,
        "prices_include_tax": rules.included,
        "rounding": rules.rounding,
        "delivery": rules.delivery,
    }


@operation(taxes, "GET", "/settings", scope="shop:read", answer=shapes.TaxSettingsShape, versioned=True)
def get_tax_settings(call: Call) -> Any:
    """The standard rate and how tax is computed."""
    return _settings(call)


@operation(
    taxes,
    "PUT",
    "/settings",
    scope="shop:write",
    answer=shapes.TaxSettingsShape,
    body=shapes.TaxSettingsBody,
    versioned=True,
    current=_settings,
)
def change_tax_settings(call: Call) -> Any:
    """Set the standard rate and how tax is computed."""
    service.change_tax_settings(call.merchant_id, actor_id=call.actor_id, **call.body)
    return _settings(call)


def _part(call: Call, found: Sequence[Any]) -> dict[str, Any]:
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


def _rate(call: Call, rate_id: str) -> TaxRate:
    found = db.session.get(TaxRate, (call.merchant_id, rate_id), populate_existing=True)
    if found is None:
        raise NotFound(_l("There is no such tax rate."))
    return found


@operation(taxes, "GET", "/rates", scope="shop:read", answer=shapes.TaxRatePageShape, listed=True)
def list_rates(call: Call) -> Any:
    """All rates, by kind of goods, then by place."""
    return _part(call, rates_of(call.merchant_id))


def _save(call: Call, rate_id: str | None) -> str:
    given = {"country": "", "region": "", "postal_prefix": "", "category_id": None, **call.body}
    return service.save_tax_rate(call.merchant_id, rate_id=rate_id, actor_id=call.actor_id, **given)


@operation(taxes, "POST", "/rates", scope="shop:write", answer=shapes.TaxRateShape, body=shapes.TaxRateBody, status=201)
def create_rate(call: Call) -> Any:
    """A rate for a kind of goods in a place."""
    rate_id = _save(call, None)
    call.location = f"/api/v1/taxes/rates/{rate_id}"
    db.session.flush()
    return _rate(call, rate_id)


@operation(taxes, "GET", "/rates/<rate_id>", scope="shop:read", answer=shapes.TaxRateShape, versioned=True)
def get_rate(call: Call, rate_id: str) -> Any:
    """One rate."""
    return _rate(call, rate_id)


@operation(
    taxes,
    "PUT",
    "/rates/<rate_id>",
    scope="shop:write",
    answer=shapes.TaxRateShape,
    body=shapes.TaxRateBody,
    versioned=True,
    current=_rate,
)
def change_rate(call: Call, rate_id: str) -> Any:
    """Set a rate anew."""
    _rate(call, rate_id)
    _save(call, rate_id)
    db.session.flush()
    return _rate(call, rate_id)


@operation(taxes, "DELETE", "/rates/<rate_id>", scope="shop:write", status=204)
def delete_rate(call: Call, rate_id: str) -> None:
    """Take a rate away."""
    service.delete_tax_rate(call.merchant_id, rate_id, actor_id=call.actor_id)


def _category(call: Call, category_id: str) -> TaxCategory:
    found = db.session.get(TaxCategory, (call.merchant_id, category_id), populate_existing=True)
    if found is None:
        raise NotFound(_l("There is no such tax category."))
    return found


@operation(taxes, "GET", "/categories", scope="shop:read", answer=shapes.TaxCategoryPageShape, listed=True)
def list_tax_categories(call: Call) -> Any:
    """Kinds of goods that are taxed alike, by name."""
    return _part(call, categories_of(call.merchant_id))


@operation(
    taxes,
    "POST",
    "/categories",
    scope="shop:write",
    answer=shapes.TaxCategoryShape,
    body=shapes.TaxCategoryBody,
    status=201,
)
def create_category(call: Call) -> Any:
    """A kind of goods; products name it in `tax_category_id`."""
    category_id = service.create_tax_category(call.merchant_id, call.body["name"], actor_id=call.actor_id)
    call.location = f"/api/v1/taxes/categories/{category_id}"
    db.session.flush()
    return _category(call, category_id)


@operation(taxes, "GET", "/categories/<category_id>", scope="shop:read", answer=shapes.TaxCategoryShape, versioned=True)
def get_category(call: Call, category_id: str) -> Any:
    """One kind of goods."""
    return _category(call, category_id)


@operation(
    taxes,
    "PATCH",
    "/categories/<category_id>",
    scope="shop:write",
    answer=shapes.TaxCategoryShape,
    body=shapes.TaxCategoryBody,
    versioned=True,
    current=_category,
)
def rename_category(call: Call, category_id: str) -> Any:
    """Call it something else."""
    service.rename_tax_category(call.merchant_id, category_id, call.body["name"], actor_id=call.actor_id)
    return _category(call, category_id)


@operation(taxes, "DELETE", "/categories/<category_id>", scope="shop:write", status=204)
def delete_category(call: Call, category_id: str) -> None:
    """Take it away with its rates, when no product is in it any more."""
    service.delete_tax_category(call.merchant_id, category_id, actor_id=call.actor_id)


@operation(taxes, "GET", "/exemptions", scope="customers:read", answer=shapes.ExemptionPageShape, listed=True)
def list_exemptions(call: Call) -> Any:
    """Customers who owe no tax, by name."""
    return _part(call, exemptions_of(call.merchant_id, limit=5_000))


@operation(
    taxes,
    "POST",
    "/exemptions",
    scope="shop:write",
    answer=shapes.ExemptionShape,
    body=shapes.ExemptionBody,
    status=201,
)
def exempt(call: Call) -> Any:
    """A customer owes no tax from the next order on; said again, the reason is changed."""
    exemption_id = service.exempt_customer(
        call.merchant_id,
        call.body["customer_id"],
        reason=call.body["reason"],
        tax_id=call.body.get("tax_id", ""),
        actor_id=call.actor_id,
    )
    db.session.flush()
    return next(one for one in exemptions_of(call.merchant_id, limit=5_000) if one.id == exemption_id)


@operation(taxes, "DELETE", "/exemptions/<exemption_id>", scope="shop:write", status=204)
def end_exemption(call: Call, exemption_id: str) -> None:
    """The customer owes tax again."""
    service.end_exemption(call.merchant_id, exemption_id, actor_id=call.actor_id)


@operation(
    taxes, "GET", "/report", scope="money:read", answer=shapes.TaxReportShape, query=shapes.ReportQuery, listed=True
)
def report(call: Call) -> Any:
    """The tax of papers issued in some days, by country and rate; credit notes are taken off."""
    zone = zone_of(call.shop)
    first = max(call.query["since"], date(1970, 1, 2))
    last = max(min(call.query["until"], date(9000, 1, 1)), date(1970, 1, 2))
    sums = tax_sums(
        call.merchant_id, starts_of_day(min(first, last), zone), starts_of_day(last + timedelta(days=1), zone)
    )
    return _part(call, sums)
