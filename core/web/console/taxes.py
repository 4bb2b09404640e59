"""Taxes: rates by place and kind of goods, who is exempt, and what the tax of a period came to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.days import bounds_of, starts_of_day
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.documents.reports import tax_by_month, tax_sums
from core.exports.service import request_export
from core.shops.zones import local_day, zone_of
from core.taxes import service
from core.taxes.queries import categories_of, exemptions_of, rates_of, tax_rules
from core.taxes.rules import DELIVERY_TAXES, ROUNDINGS
from core.web.charts import chart
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    posted,
    show,
    the_shop,
    words_of,
)
from core.web.formats import money
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member
from core.web.storefront.countries import country_choices

DELIVERY = {
    "standard": _("The standard rate"),
    "goods": _("The rate that most of the goods bear"),
    "none": _("No tax"),
}
ROUNDING = {"total": _("On the whole of each rate"), "line": _("On each line")}
assert tuple(DELIVERY) == DELIVERY_TAXES and tuple(ROUNDING) == ROUNDINGS


@blueprint.get("/taxes")
@require_member("shop.edit")
def taxes() -> Response:
    """All that the shop says about tax."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", form: str = "") -> Response:
    shop = the_shop()
    rates, categories = rates_of(shop.merchant_id), categories_of(shop.merchant_id)
    editing = argument("rate", 40)
    return show(
        "taxes",
        status=status,
        rules=tax_rules(shop),
        own_name=shop.options.get("tax_name") or "",
        percent=percent_text(shop.tax_ppm),
        percents={rate.id: percent_text(rate.rate_ppm) for rate in rates},
        rates=rates,
        editing=next((rate for rate in rates if rate.id == editing), None),
        categories=categories,
        category_names={category.id: category.name for category in categories},
        countries=country_choices(current_locale()),
        exempt=exemptions_of(shop.merchant_id),
        deliveries=DELIVERY.items(),
        roundings=ROUNDING.items(),
        form=form,
        errors=errors or {},
        message=message,
        values=request.form,
    )


def percent_text(rate_ppm: int) -> str:
    """A rate as a field holds it: 7.5."""
    text = f"{Decimal(rate_ppm) / 10_000:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@blueprint.post("/taxes/settings")
@require_member("shop.edit")
def save_tax_settings() -> WerkzeugResponse:
    """The standard rate and how tax is computed."""
    form = Form(request.form)
    tax_ppm, name = form.percent("tax_ppm"), form.text("tax_name", most=40)
    try:
        form.check()
        service.change_tax_settings(
            merchant_id(),
            tax_ppm=tax_ppm,
            name=name,
            prices_include_tax=form.flag("prices_include_tax"),
            rounding=posted("tax_rounding", 10),
            delivery=posted("tax_delivery", 10),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form="settings")
    flash_member(_("Saved. Prices are taxed so from now on; orders that are placed stay as they are."))
    return redirect(url_for("console.taxes"), 303)


@blueprint.post("/taxes/rates")
@require_member("shop.edit")
def save_tax_rate() -> WerkzeugResponse:
    """A rate for a place and a kind of goods, new or changed."""
    form = Form(request.form)
    rate_ppm = form.percent("rate")
    form.text("rate", required=True, most=20)
    try:
        form.check()
        service.save_tax_rate(
            merchant_id(),
            rate_id=posted("rate_id", 40) or None,
            category_id=posted("category_id", 40) or None,
            country=posted("country", 2),
            region=form.text("region", most=200),
            postal_prefix=form.text("postal_prefix", most=12),
            rate_ppm=rate_ppm,
            name=form.text("name", most=40),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form="rate")
    flash_member(_("The rate is saved."))
    return redirect(url_for("console.taxes") + "#rates", 303)


@blueprint.post("/taxes/rates/<rate_id>/delete")
@require_member("shop.edit")
def delete_tax_rate(rate_id: str) -> WerkzeugResponse:
    """Take a rate away."""
    return attempt(
        lambda: service.delete_tax_rate(merchant_id(), rate_id, actor_id=actor_id()),
        _("The rate is gone; the next less exact one applies."),
        to=url_for("console.taxes") + "#rates",
    )


@blueprint.post("/taxes/categories")
@require_member("shop.edit")
def new_tax_category() -> WerkzeugResponse:
    """A kind of goods that is taxed alike."""
    try:
        service.create_tax_category(merchant_id(), posted("category", 200), actor_id=actor_id())
    except (Invalid, Refused) as error:
        fields: Errors = {"category": next(iter(error.fields.values()), error.message)}
        return _page(status=error.status, errors=fields, message=words_of(error), form="category")
    flash_member(_("The category is made. Give it a rate, and choose it at the products that belong to it."))
    return redirect(url_for("console.taxes") + "#categories", 303)


@blueprint.post("/taxes/categories/<category_id>")
@require_member("shop.edit")
def change_tax_category(category_id: str) -> WerkzeugResponse:
    """Call a category something else, or take it away."""
    if request.form.get("do") == "delete":
        return attempt(
            lambda: service.delete_tax_category(merchant_id(), category_id, actor_id=actor_id()),
            _("The category and its rates are gone."),
            to=url_for("console.taxes") + "#categories",
        )
    return attempt(
        lambda: service.rename_tax_category(merchant_id(), category_id, posted("name", 200), actor_id=actor_id()),
        _("Saved."),
        to=url_for("console.taxes") + "#categories",
    )


@blueprint.post("/taxes/exempt")
@require_member("shop.edit")
def new_exemption() -> WerkzeugResponse:
    """A customer owes no tax."""
    try:
        customer_id = service.customer_by_email(merchant_id(), posted("email", 254))
        service.exempt_customer(
            merchant_id(),
            customer_id,
            reason=posted("reason", 400),
            tax_id=posted("tax_id", 100),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form="exempt")
    flash_member(_("Orders of this customer are without tax from now on."))
    return redirect(url_for("console.taxes") + "#exempt", 303)


@blueprint.post("/taxes/exempt/<exemption_id>/end")
@require_member("shop.edit")
def end_exemption(exemption_id: str) -> WerkzeugResponse:
    """The customer owes tax again."""
    return attempt(
        lambda: service.end_exemption(merchant_id(), exemption_id, actor_id=actor_id()),
        _("Orders of this customer are taxed again from now on."),
        to=url_for("console.taxes") + "#exempt",
    )


@blueprint.get("/taxes/report")
@require_member("money.view")
def tax_report() -> Response:
    """What the tax of a period came to, by rate and country, with the months before it."""
    errors: Errors = {}
    status, shop = 200, the_shop()
    today, zone = local_day(shop, clock.now()), zone_of(shop)
    try:
        first, last = bounds_of({name: argument(name, 10) for name in ("from", "to")})
    except Invalid as error:
        first, last, errors, status = None, None, error.fields, 422
    last = min(last or today, date(9000, 1, 1))
    first = max(first or last.replace(month=last.month - (last.month - 1) % 3, day=1), date(1970, 1, 2))
    last = max(last, date(1980, 1, 1))
    sums = tax_sums(shop.merchant_id, starts_of_day(first, zone), starts_of_day(last + timedelta(days=1), zone))
    months = tax_by_month(shop.merchant_id, shop.currency, last=last, zone=zone)
    mine = [one for one in sums if one.currency == shop.currency]
    return show(
        "tax_report",
        status=status,
        sums=sums,
        base_minor=sum(one.base_minor for one in mine),
        tax_minor=sum(one.tax_minor for one in mine),
        drawn=chart([(f"{one.first:%Y-%m}", one.tax_minor, money(one.tax_minor, shop.currency)) for one in months]),
        country_names=dict(country_choices(current_locale())),
        first_text=first.isoformat(),
        last_text=last.isoformat(),
        periods=[(label, f"{url_for('console.tax_report')}?{urlencode(days)}") for label, days in _periods(today)],
        errors=errors,
        asked={name: argument(name, 10) for name in ("from", "to")},
    )


def _periods(now: date) -> list[tuple[object, dict[str, str]]]:
    """Periods that people declare: this and the last month and quarter, this and the last year."""
    month, quarter, year = now.replace(day=1), now.replace(month=now.month - (now.month - 1) % 3, day=1), now.year
    last_month, last_quarter = month - timedelta(days=1), quarter - timedelta(days=1)
    before = last_quarter.replace(month=last_quarter.month - 2, day=1)

    def days(first: date, last: date) -> dict[str, str]:
        return {"from": first.isoformat(), "to": last.isoformat()}

    return [
        (_("This month"), days(month, now)),
        (_("Last month"), days(last_month.replace(day=1), last_month)),
        (_("This quarter"), days(quarter, now)),
        (_("Last quarter"), days(before, last_quarter)),
        (_("This year"), days(now.replace(month=1, day=1), now)),
        (_("Last year"), days(date(year - 1, 1, 1), date(year - 1, 12, 31))),
    ]


@blueprint.post("/taxes/report/file")
@require_member("money.view")
def tax_report_file() -> WerkzeugResponse:
    """The papers behind the report, rate by rate, as a list."""
    try:
        request_export(
            merchant_id(),
            "documents.taxes",
            format=posted("format", 10),
            actor_id=actor_id(),
            filters={name: posted(name, 10) for name in ("from", "to")},
            locale=current_locale(),
        )
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
        return redirect(url_for("console.tax_report"), 303)
    flash_member(_("The file is being written. It appears below as soon as it is ready."))
    return redirect(url_for("console.exports") + "#files", 303)
