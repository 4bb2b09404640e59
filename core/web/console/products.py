"""Products: the list with its filters, and one product's form."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.catalog import queries, service
from core.catalog.details import OPTIONS_MAX
from core.catalog.models import GIFT_CARD, GOODS
from core.catalog.shapes import ProductView, filter_of
from core.shops.trading import weight_unit
from core.taxes.queries import categories_of
from core.web.console.page import Errors, argument, blueprint, merchant_id, show, the_shop, words_of
from core.web.console.product_form import (
    ProductForm,
    details_of,
    form_of,
    read_form,
    rows_fit,
    with_combinations,
)
from core.web.member import flash_member, require_member

BULK_MAX = 200


@blueprint.get("/products")
@require_member("catalog.view")
def products() -> Response:
    """The products, by words, state and category."""
    wanted = filter_of({name: argument(name, 255) for name in ("q", "state", "category", "tag", "vendor")})
    return show(
        "products",
        page=queries.products_for_console(merchant_id(), wanted, cursor=argument("cursor", 600) or None),
        wanted=wanted,
        categories=queries.flatten(queries.categories_tree(merchant_id(), published_only=False)),
        tax_categories=[(one.id, one.name) for one in categories_of(merchant_id())],
    )


@blueprint.post("/products/publish")
@require_member("catalog.edit")
def publish() -> WerkzeugResponse:
    """Show the chosen products in the shop, or hide them."""
    chosen = request.form.getlist("ids")[:BULK_MAX]
    published = request.form.get("publish") == "1"
    count = service.set_published(merchant_id(), chosen, published)
    if published:
        done = ngettext("%(num)d product is in the shop now.", "%(num)d products are in the shop now.", count)
    else:
        done = ngettext("%(num)d product is hidden now.", "%(num)d products are hidden now.", count)
    flash_member(done if chosen else _("Choose products first."), "success" if chosen else "warning")
    return redirect(_list_again(), 303)


def _list_again() -> str:
    back = request.form.get("back", "")
    return url_for("console.products") + (f"?{back}" if back and len(back) < 1000 else "")


@blueprint.get("/products/new")
@require_member("catalog.edit")
def new_product() -> Response:
    """An empty form; `?kind=gift_card` for a product that is a gift card."""
    card = argument("kind", 20) == GIFT_CARD
    return _form_page(None, ProductForm(kind=GIFT_CARD if card else GOODS))


@blueprint.post("/products/new")
@require_member("catalog.edit")
def create_product() -> WerkzeugResponse:
    """Put a new product into the catalogue."""
    form = read_form(request.form)
    if request.form.get("do") == "variants":
        return _with_variants(None, form)
    try:
        details, options, variants = details_of(_completed(form), the_shop().currency, weight_unit(the_shop().options))
        product_id = service.create_product(
            merchant_id(), details, options=options, variants=variants, category_ids=form.category_ids
        )
    except (Invalid, Refused) as error:
        return _form_page(None, form, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The product is saved. Add its pictures below."))
    return redirect(url_for("console.product", product_id=product_id), 303)


@blueprint.get("/products/<product_id>")
@require_member("catalog.view")
def product(product_id: str) -> Response:
    """One product's form with its pictures."""
    found = queries.product_by_id(merchant_id(), product_id)
    return _form_page(found, form_of(found, the_shop().currency, weight_unit(the_shop().options)))


@blueprint.post("/products/<product_id>")
@require_member("catalog.edit")
def update_product(product_id: str) -> WerkzeugResponse:
    """Save a product as it was seen; who saves second is told so."""
    found = queries.product_by_id(merchant_id(), product_id)
    form = replace(read_form(request.form, found.variants), kind=found.kind)
    if request.form.get("do") == "variants":
        return _with_variants(found, form)
    try:
        details, options, variants = details_of(
            _completed(form), the_shop().currency, weight_unit(the_shop().options), found.variants
        )
        service.update_product(
            merchant_id(),
            product_id,
            details,
            expected_version=form.version,
            options=options,
            variants=variants,
            category_ids=form.category_ids,
        )
    except (Invalid, Refused) as error:
        again = queries.product_by_id(merchant_id(), product_id)
        return _form_page(again, form, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Saved."))
    return redirect(url_for("console.product", product_id=product_id), 303)


def _completed(form: ProductForm) -> ProductForm:
    """The form as it may be saved. Raises Invalid when options were changed and nobody has seen their rows yet."""
    if not rows_fit(form):
        words = _("The options have changed. Press “Make the variants” and check the table before you save.")
        raise Invalid(words, fields={"options": words})
    return form


def _with_variants(found: ProductView | None, form: ProductForm) -> Response:
    """The form again, with a row for each combination of the options."""
    try:
        return _form_page(found, with_combinations(form))
    except Invalid as error:
        return _form_page(found, form, status=error.status, errors=error.fields, message=words_of(error))


def _form_page(
    found: ProductView | None,
    form: ProductForm,
    *,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
) -> Response:
    return show(
        "product",
        status=status,
        product=found,
        form=form,
        errors=errors or {},
        message=message,
        options_max=OPTIONS_MAX,
        categories=queries.flatten(queries.categories_tree(merchant_id(), published_only=False)),
    )
