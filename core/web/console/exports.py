"""Imports and exports: lists as files, written in the background, and what was brought in."""

from __future__ import annotations

from flask import Response, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.tasks import recent_tasks
from core.base.transactions import end_read
from core.contract.exports import ExportList
from core.exports import service
from core.exports.queries import ExportRow, lists_for, recent_exports
from core.exports.writers import FORMATS, MEDIA_TYPES
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
from core.web.console.transfer import KIND as IMPORT_KIND
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member

FORMAT_LABELS = {
    "xlsx": _("Excel (XLSX)"),
    "csv": _("CSV"),
    "csv-bom": _("CSV for Excel (with byte order mark)"),
    "zip": _("Files (ZIP)"),
}
IMPORTS_SHOWN = 20
UNDER_WAY = ("waiting", "running")


@blueprint.get("/exports")
@require_member()
def exports() -> Response:
    """What can be taken away, the files that were asked for, and the imports."""
    return _page()


def _lists() -> list[ExportList]:
    return lists_for(the_member().may, the_shop().plugins)


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    lists = _lists()
    files = recent_exports(merchant_id(), lists)
    may_import = the_member().may("catalog.edit")
    imports = recent_tasks(merchant_id(), IMPORT_KIND, IMPORTS_SHOWN) if may_import else []
    chosen = posted("list", 80) or argument("list", 80)
    return show(
        "exports",
        status=status,
        lists=lists,
        choices=[(item.name, item.label) for item in lists if item.file is None],
        chosen=chosen if any(item.name == chosen for item in lists) else "",
        formats=[(name, FORMAT_LABELS[name]) for name in FORMATS],
        format_labels=FORMAT_LABELS,
        files=files,
        imports=imports,
        may_import=may_import,
        busy=any(_is_under_way(file) for file in files) or any(task.state in UNDER_WAY for task in imports),
        kept_days=service.KEPT.days,
        filters={
            name: argument(name, 100)
            for name in ("q", "state", "category", "tag", "vendor", "series")
            if argument(name)
        },
        errors=errors or {},
        message=message,
        values=request.form,
    )


def _is_under_way(file: ExportRow) -> bool:
    return file.state in UNDER_WAY


@blueprint.post("/exports")
@require_member()
def request_export() -> WerkzeugResponse:
    """Ask for a list as a file."""
    try:
        service.request_export(
            merchant_id(),
            posted("list", 80),
            format=posted("format", 10),
            actor_id=actor_id(),
            filters={name: value for name, value in request.form.items() if isinstance(value, str)},
            locale=current_locale(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The file is being written. It appears below as soon as it is ready."))
    return redirect(url_for("console.exports") + "#files", 303)


@blueprint.get("/exports/<export_id>")
@require_member()
def fetch_export(export_id: str) -> Response:
    """The file itself, piece by piece."""
    export, pieces = service.fetch_export(merchant_id(), export_id, actor_id=actor_id())
    media_type, name, size = MEDIA_TYPES[export.format], export.file_name, export.bytes
    end_read()
    response = Response(stream_with_context(pieces), mimetype=None, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Length"] = str(size)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/exports/<export_id>/forget")
@require_member()
def forget_export(export_id: str) -> WerkzeugResponse:
    """Take a file away before its days are over."""
    return attempt(
        lambda: service.forget_export(merchant_id(), export_id, actor_id=actor_id()),
        _("The file is gone."),
        to=url_for("console.exports"),
    )
