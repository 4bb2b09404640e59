"""Catalogue files: upload, look at what would happen, confirm, watch it happen; and export."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.tasks import TaskContext, enqueue_task, task, task_status
from core.base.transactions import end_read
from core.catalog.transfer.detect import Format, open_catalog
from core.catalog.transfer.drafts import RowProblem
from core.catalog.transfer.exporter import export_catalog
from core.catalog.transfer.importer import ImportPreview, apply_import, preview_import
from core.catalog.uploads import BYTES_MAX, forget_upload, keep_upload, upload
from core.exports.writers import MEDIA_TYPES, write_rows
from core.shops.queries import shop_context
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    blueprint,
    merchant_id,
    show,
    the_shop,
    words_of,
)
from core.web.member import require_member

KIND = "catalog.import"
FORMATS: tuple[Format, ...] = ("shopify", "woocommerce")
TEMPLATE_COLUMNS = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value"),
    *("Variant SKU", "Variant Barcode", "Variant Grams", "Variant Inventory Qty", "Variant Price"),
    *("Variant Compare At Price", "Image Src", "Image Alt Text", "SEO Title", "SEO Description"),
)
"""Columns as Shopify names them: what is read here is read by others, too."""
TEMPLATE_ROWS = (
    ("longjing", "West Lake Longjing 西湖龙井", "<p>Chestnut, sweet pea.</p>", "Cloud Ridge", "Green tea", "spring",
     "TRUE", "Size", "50 g", "LJ-50", "", 110, 40, Decimal("68.00"), None, "", "", "", ""),
    ("longjing", "", "", "", "", "", "", "", "100 g", "LJ-100", "", 160, 25, Decimal("128.00"), None, "", "", "", ""),
    ("gaiwan", "White gaiwan 白瓷盖碗", "<p>Thin porcelain, 120 ml.</p>", "Cloud Ridge", "Tea ware", "",
     "TRUE", "", "", "GW-1", "", 280, 12, Decimal("96.00"), Decimal("118.00"), "", "", "", ""),
)  # fmt: skip
PROBLEMS_KEPT_MAX = 200
PRODUCTS_SHOWN_MAX = 100


@task(KIND)
def import_catalog_file(context: TaskContext) -> dict[str, Any]:
    """Import a kept file; again from the start changes nothing that is done already."""
    assert context.merchant_id is not None
    key = str(context.params["key"])
    content = upload(context.merchant_id, key)
    currency = shop_context(context.merchant_id).currency
    end_read()
    result = apply_import(context.merchant_id, io.BytesIO(content), currency, context.progress)
    forget_upload(context.merchant_id, key)
    return summary_of(result)


def summary_of(report: ImportPreview) -> dict[str, Any]:
    """A report as plain JSON, with its problems cut to a bearable number."""

    def plain(problems: list[RowProblem]) -> list[dict[str, Any]]:
        return [
            {"line": one.line, "column": one.column, "code": one.code, "values": dict(one.values)}
            for one in problems[:PROBLEMS_KEPT_MAX]
        ]

    return {
        "format": report.format,
        "rows_total": report.rows_total,
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "problems": plain(report.problems),
        "problems_total": report.problems_total,
        "notes": plain(report.notes),
        "notes_total": report.notes_total,
        "new_categories": report.new_categories[:PRODUCTS_SHOWN_MAX],
    }


def worded(problem: Mapping[str, Any]) -> str:
    """A kept problem in the reader's language."""
    return RowProblem(problem["line"], problem["column"], problem["code"], problem["values"]).message


@blueprint.get("/import")
@require_member("catalog.edit")
def import_catalog() -> Response:
    """Where a file is chosen, and the export."""
    return _start_page()


def _start_page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    return show("import", status=status, formats=FORMATS, errors=errors or {}, message=message)


@blueprint.get("/import/template")
@require_member("catalog.edit")
def import_template() -> Response:
    """A spreadsheet with the columns to fill in and an example."""
    file = io.BytesIO()
    write_rows(file, "xlsx", TEMPLATE_COLUMNS, TEMPLATE_ROWS, lambda count: None)
    file.seek(0)
    return send_file(file, mimetype=MEDIA_TYPES["xlsx"], as_attachment=True, download_name="products.xlsx")


@blueprint.post("/import")
@require_member("catalog.edit")
def upload_catalog() -> WerkzeugResponse:
    """Keep the file and go on to what it would do."""
    sent = request.files.get("file")
    try:
        content = sent.stream.read(BYTES_MAX + 1) if sent is not None else b""
        if content:
            open_catalog(io.BytesIO(content))
        key = keep_upload(merchant_id(), content)
    except (Invalid, Refused) as error:
        return _start_page(status=error.status, errors=error.fields, message=words_of(error))
    return redirect(url_for("console.preview_catalog", key=key), 303)


@blueprint.get("/import/<key>")
@require_member("catalog.edit")
def preview_catalog(key: str) -> Response:
    """What importing the file would do; nothing is written."""
    content = upload(merchant_id(), key)
    end_read()
    try:
        report = preview_import(merchant_id(), io.BytesIO(content), the_shop().currency)
    except (Invalid, Refused) as error:
        return _start_page(status=error.status, errors=error.fields, message=words_of(error))
    return show(
        "import_preview",
        key=key,
        report=summary_of(report),
        products=report.products[:PRODUCTS_SHOWN_MAX],
        worded=worded,
    )


@blueprint.post("/import/<key>")
@require_member("catalog.edit")
def confirm_import(key: str) -> WerkzeugResponse:
    """Have the worker import the file."""
    upload(merchant_id(), key)
    if request.form.get("do") == "forget":
        forget_upload(merchant_id(), key)
        return redirect(url_for("console.import_catalog"), 303)
    task_id = enqueue_task(KIND, {"key": key}, merchant_id=merchant_id(), created_by=actor_id())
    return redirect(url_for("console.import_progress", task_id=task_id), 303)


@blueprint.get("/import/tasks/<task_id>")
@require_member("catalog.edit")
def import_progress(task_id: str) -> Response:
    """How far an import is, and then what it did."""
    found = task_status(merchant_id(), task_id)
    if found.kind != KIND:
        raise NotFound(_("There is no such import."))
    return show("import_task", task=found, report=found.result, worded=worded)


@blueprint.get("/export")
@require_member("catalog.edit")
def export() -> Response:
    """All products as a file for another system."""
    shop, form = the_shop(), argument("format", 20)
    if form not in FORMATS:
        raise NotFound(_("There is no such format."))
    port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""
    address = f"{request.scheme}://{shop.primary_host}{port}"
    file = tempfile.TemporaryFile()  # noqa: SIM115 - send_file closes it when it is sent
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    export_catalog(shop.merchant_id, text, form, shop.currency, base_url=address)
    text.detach()
    file.seek(0)
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name=f"{shop.slug}-{form}.csv")
