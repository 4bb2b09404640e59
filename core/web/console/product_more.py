"""More about products: the table of variants, copies, the archive, related products, tags, labels to print."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.catalog import lifecycle, queries
from core.catalog.grid import GridRow, grid_page, save_grid
from core.catalog.labels import barcode_svg, labels_for
from core.catalog.shapes import StockFilter, filter_of
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
    the_member,
    the_shop,
    words_of,
)
from core.web.formats import amount_text
from core.web.headers import PICTURE_POLICY
from core.web.member import flash_member, require_member

COPIES_MAX = 100
SUGGESTED = 12


@blueprint.get("/products/table")
@require_member("catalog.edit")
def variant_table() -> Response:
    """Variants side by side, with fields."""
    return _table()


def _table(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    wanted = filter_of({name: argument(name, 255) for name in ("q", "state", "category", "tag", "vendor")})
    product_id = argument("product", 40) or None
    page = grid_page(merchant_id(), wanted, product_id=product_id, cursor=argument("cursor", 800) or None)
    return show(
        "variant_table",
        status=status,
        page=page,
        wanted=wanted,
        product_id=product_id,
        may_stock=the_member().may("stock.edit"),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/products/table")
@require_member("catalog.edit")
def save_variant_table() -> WerkzeugResponse:
    """Save the rows whose fields were changed; all or nothing."""
    form = Form(request.form, the_shop().currency)
    before: dict[str, GridRow] = {}
    wanted: dict[str, GridRow] = {}
    for variant_id in dict.fromkeys(request.form.getlist("variant")):
        _read(form, variant_id, before, wanted)
    try:
        form.check()
        changed = save_grid(
            merchant_id(), before, wanted, actor_id=actor_id(), may_stock=the_member().may("stock.edit")
        )
    except (Invalid, Refused) as error:
        return _table(status=error.status, errors=error.fields, message=error.message)
    flash_member(
        ngettext("%(num)d variant saved.", "%(num)d variants saved.", changed)
        if changed
        else _("Nothing was changed."),
        "success" if changed else "info",
    )
    return redirect(request.full_path.rstrip("?"), 303)


def _read(form: Form, key: str, before: dict[str, GridRow], wanted: dict[str, GridRow]) -> None:
    """One row as it was shown and as it is now; fields are named `<variant>.<cell>` and `was.<variant>.<cell>`."""
    shown = Form({name: request.form.get(f"was.{key}.{name}", "") for name in _CELLS}, form.currency)
    row = GridRow(
        variant_id=key,
        product_id=request.form.get(f"was.{key}.product", ""),
        name="",
        label="",
        price_minor=shown.amount("price_minor") or 0,
        compare_at_minor=shown.amount("compare_at_minor"),
        sku=shown.data["sku"],
        barcode=shown.data["barcode"],
        on_hand=shown.whole("on_hand"),
    )
    before[key] = row
    price = form.amount(f"{key}.price_minor", required=True)
    wanted[key] = replace(
        row,
        price_minor=price if price is not None else row.price_minor,
        compare_at_minor=form.amount(f"{key}.compare_at_minor"),
        sku=form.text(f"{key}.sku", most=80),
        barcode=form.text(f"{key}.barcode", most=40),
        on_hand=form.whole(f"{key}.on_hand") if f"{key}.on_hand" in form.data else row.on_hand,
    )


_CELLS = ("price_minor", "compare_at_minor", "sku", "barcode", "on_hand")


@blueprint.post("/products/<product_id>/archive")
@require_member("catalog.edit")
def archive_product(product_id: str) -> WerkzeugResponse:
    """Put a product away, or take it out again."""
    archived = posted("archived", 1) == "1"
    return attempt(
        lambda: lifecycle.archive_products(merchant_id(), [product_id], archived, actor_id=actor_id()),
        _("The product is in the archive now.") if archived else _("The product is back, hidden from the shop."),
        to=url_for("console.product", product_id=product_id),
    )


@blueprint.post("/products/<product_id>/duplicate")
@require_member("catalog.edit")
def duplicate_product(product_id: str) -> WerkzeugResponse:
    """Make a copy and open it."""
    copy_id = lifecycle.duplicate_product(merchant_id(), product_id, actor_id=actor_id())
    flash_member(_("This is the copy. It is hidden until you show it."))
    return redirect(url_for("console.product", product_id=copy_id), 303)


@blueprint.get("/products/<product_id>/related")
@require_member("catalog.edit")
def related(product_id: str) -> Response:
    """Which products stand beside this one, and others to choose from."""
    return _related(product_id)


def _related(product_id: str, *, status: int = 200, message: object = "") -> Response:
    product = queries.product_by_id(merchant_id(), product_id)
    text = argument("q", 100)
    chosen = queries.related_products(merchant_id(), product_id, published_only=False)
    taken = {product_id, *(card.id for card in chosen)}
    shelf = product.categories[0].id if product.categories and not text else None
    found = queries.products_for_console(merchant_id(), StockFilter(text=text, category_id=shelf), limit=40)
    return show(
        "related",
        status=status,
        product=product,
        chosen=chosen,
        others=[card for card in found.rows if card.id not in taken][:SUGGESTED],
        text=text,
        message=message,
    )


@blueprint.post("/products/<product_id>/related")
@require_member("catalog.edit")
def change_related(product_id: str) -> WerkzeugResponse:
    """Add one, take one away, or move one forward."""
    ids = [card.id for card in queries.related_products(merchant_id(), product_id, published_only=False)]
    do, other = posted("do", 10), posted("other", 40)
    if do == "remove":
        ids = [one for one in ids if one != other]
    elif do == "earlier" and other in ids:
        place = max(ids.index(other) - 1, 0)
        ids.remove(other)
        ids.insert(place, other)
    elif do == "add":
        ids.append(other)
    try:
        lifecycle.set_related(merchant_id(), product_id, ids, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _related(product_id, status=error.status, message=words_of(error))
    return redirect(url_for("console.related", product_id=product_id, q=argument("q", 100) or None), 303)


@blueprint.get("/products/tags")
@require_member("catalog.view")
def tags() -> Response:
    """All tags, with how many products have each."""
    return show("tags", tags=queries.tags_of(merchant_id()))


@blueprint.get("/products/labels")
@require_member("catalog.view")
def labels() -> Response:
    """Labels with barcodes, laid out for printing."""
    copies = argument("copies", 3)
    count = min(max(int(copies), 1), COPIES_MAX) if copies.isascii() and copies.isdigit() else 1
    found = labels_for(
        merchant_id(), product_ids=request.args.getlist("product"), variant_ids=request.args.getlist("variant")
    )
    return show(
        "labels",
        labels=[label for label in found for _copy in range(count)][:1000],
        without=[label for label in found if barcode_svg(label.code) is None],
        drawn={label.code for label in found if barcode_svg(label.code) is not None},
        copies=count,
        products=request.args.getlist("product"),
        variants=request.args.getlist("variant"),
        with_price=argument("price", 1) != "0",
        amount_text=amount_text,
    )


@blueprint.get("/products/labels/bars.svg")
@require_member("catalog.view")
def bars() -> Response:
    """A code as bars."""
    drawn = barcode_svg(argument("code", 80))
    if drawn is None:
        raise NotFound(_("This code cannot be drawn as bars."))
    response = Response(drawn, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
