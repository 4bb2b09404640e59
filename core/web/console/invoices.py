"""Invoices: found, looked at, taken away; how they are headed and numbered."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.transactions import end_read
from core.documents.drawing.invoice import invoice_pdf
from core.documents.drawing.sample import sample_pdf
from core.documents.exports import filter_of
from core.documents.queries import PaperFilter, PaperRow, file_name, paper, papers_count, papers_of_order, papers_page
from core.documents.settings import PREFIXES, TEXTS, change_paper_settings
from core.exports.service import FILES_MAX, request_export
from core.shops.zones import zone_of
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, argument, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member

SERIES = {"invoice": _("Invoices"), "credit_note": _("Credit notes"), "fee": _("From the platform")}
KINDS = {"invoice": _("Invoice"), "credit_note": _("Credit note"), "fee": _("Fee invoice")}
FIELDS = ("series", "q", "from", "to")


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF that the browser shows; its name is for when it is kept."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/invoices")
@require_member("orders.view")
def invoices() -> Response:
    """The papers, by kind, words and days."""
    return _page()


def _page(*, status: int = 200, message: object = "") -> Response:
    kept = {name: argument(name, 100) for name in FIELDS if argument(name, 100)}
    errors: Errors = {}
    try:
        wanted = filter_of(kept, zone_of(the_shop()))
    except Invalid as error:
        wanted, errors, status = PaperFilter(series=kept.get("series", "")), error.fields, 422
    rows, next_before = papers_page(merchant_id(), wanted, before=argument("before", 40))
    return show(
        "invoices",
        status=status,
        rows=rows,
        count=papers_count(merchant_id(), wanted),
        files_max=FILES_MAX,
        series=SERIES,
        kinds=KINDS,
        chosen=kept.get("series", ""),
        kept=kept,
        filtered=bool(kept.keys() - {"series"}),
        next_url=f"{url_for('console.invoices')}?{urlencode({**kept, 'before': next_before})}" if next_before else None,
        errors=errors,
        message=message,
    )


@blueprint.post("/invoices/files")
@require_member("orders.view")
def invoice_files() -> WerkzeugResponse:
    """Ask for the PDFs of all papers that the filter shows, in one file."""
    wanted = posted("list", 40)
    try:
        filter_of(request.form, zone_of(the_shop()))
        request_export(
            merchant_id(),
            wanted if wanted in ("documents.files", "documents.invoices") else "documents.files",
            format="xlsx",
            actor_id=actor_id(),
            filters={name: posted(name, 100) for name in FIELDS},
            locale=current_locale(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, message=words_of(error))
    flash_member(_("The file is being written. It appears below as soon as it is ready."))
    return redirect(url_for("console.exports") + "#files", 303)


@blueprint.get("/invoices/<paper_id>.pdf")
@require_member("orders.view")
def invoice_file(paper_id: str) -> Response:
    """One paper as PDF."""
    found = paper(merchant_id(), paper_id)
    end_read()
    return pdf_response(invoice_pdf(found), file_name(found.code))


@blueprint.get("/invoices/settings")
@require_member("shop.edit")
def invoice_settings() -> Response:
    """Who papers name, how they are numbered, what stands below them."""
    return _settings()


def _settings(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    options = the_shop().options
    values = {name: str(options.get(name) or "") for name in (*TEXTS, *PREFIXES)}
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
    return show("invoice_settings", status=status, values=values, errors=errors or {}, message=message)


@blueprint.post("/invoices/settings")
@require_member("shop.edit")
def save_invoice_settings() -> WerkzeugResponse:
    """Keep them for papers from now on."""
    form = Form(request.form)
    values = {name: form.text(name, most=600) for name in (*TEXTS, *PREFIXES)}
    try:
        form.check()
        change_paper_settings(merchant_id(), actor_id=actor_id(), **values)
    except (Invalid, Refused) as error:
        return _settings(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Saved. Papers from now on have it; those that are issued stay as they are."))
    return redirect(url_for("console.invoice_settings"), 303)


@blueprint.get("/invoices/sample.pdf")
@require_member("shop.edit")
def sample_invoice() -> Response:
    """What an invoice looks like with the present settings."""
    shop = the_shop()
    end_read()
    return pdf_response(sample_pdf(shop, current_locale()), "sample.pdf")


@blueprint.app_template_global("papers_of_order")
def _papers(order_id: str) -> list[PaperRow]:
    """The papers of an order of the merchant that the member acts for, for its page."""
    return list(papers_of_order(merchant_id(), order_id))
