"""Catalogue files in, lists out: long work that is asked for and then watched."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, request, stream_with_context
from flask_smorest import Blueprint

from core.api import desk_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.tasks import enqueue_task, task_status
from core.base.transactions import end_read
from core.catalog.transfer.detect import open_catalog
from core.catalog.uploads import keep_upload
from core.exports import service as exports
from core.exports.models import ExportFile
from core.exports.writers import MEDIA_TYPES
from core.parties.roles import require_permission
from core.web.console.transfer import KIND

imports = Blueprint("api_imports", __name__, url_prefix="/api/v1/imports", description="Catalogue files brought in.")
out = Blueprint("api_exports", __name__, url_prefix="/api/v1/exports", description="Lists as files.")


@operation(imports, "POST", "", scope="catalog:write", answer=shapes.TaskShape, status=202, upload=("text/csv",))
def import_catalog(call: Call) -> Any:
    """Import a catalogue file (the body is the file) of a known system; the work goes on in the background."""
    content = request.get_data(cache=True)
    if content:
        open_catalog(io.BytesIO(content))
    key = keep_upload(call.merchant_id, content)
    task_id = enqueue_task(KIND, {"key": key}, merchant_id=call.merchant_id, created_by=call.actor_id)
    db.session.flush()
    call.location = f"/api/v1/imports/{task_id}"
    return task_status(call.merchant_id, task_id)


@operation(imports, "GET", "/<task_id>", scope="catalog:read", answer=shapes.TaskShape)
def get_import(call: Call, task_id: str) -> Any:
    """How far an import is, and then what it did."""
    found = task_status(call.merchant_id, task_id)
    if found.kind != KIND:
        raise NotFound(_l("There is no such import."))
    return found


def _export(call: Call, export_id: str) -> ExportFile:
    found = db.session.get(ExportFile, (call.merchant_id, export_id))
    if found is None:
        raise NotFound(_l("This file is not here any more. Export the list again."))
    require_permission(call.actor_id, call.merchant_id, exports.export_list(found.list_name).permission)
    return found


@operation(out, "POST", "", scope="catalog:read", answer=shapes.ExportShape, status=202, body=shapes.ExportBody)
def request_export(call: Call) -> Any:
    """Ask for a list as a file; the token needs the scope of that list, too."""
    export_id = exports.request_export(
        call.merchant_id,
        call.body["list_name"],
        format=call.body["format"],
        filters=call.body.get("filters"),
        actor_id=call.actor_id,
    )
    call.location = f"/api/v1/exports/{export_id}"
    return _export(call, export_id)


@operation(out, "GET", "/<export_id>", scope="catalog:read", answer=shapes.ExportShape)
def get_export(call: Call, export_id: str) -> Any:
    """Whether a file is ready."""
    return _export(call, export_id)


@operation(out, "GET", "/<export_id>/file", scope="catalog:read", file=tuple(sorted(set(MEDIA_TYPES.values()))))
def fetch_export(call: Call, export_id: str) -> Any:
    """The file itself."""
    export, pieces = exports.fetch_export(call.merchant_id, export_id, actor_id=call.actor_id)
    media_type, name, size = MEDIA_TYPES[export.format], export.file_name, export.bytes
    end_read()
    response = Response(stream_with_context(pieces), content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Length"] = str(size)
    return response
