"""Asking for a list as a file, writing it in the background, fetching it, letting it go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import IO, Any, Final

from sqlalchemy import delete, func, insert, select, update

from core.audit.service import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import in_locale
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.tasks import TaskContext, enqueue_task, task
from core.base.transactions import transactional
from core.contract.exports import ExportList
from core.contract.runtime import registry
from core.exports.errors import ExportNotFound, ExportNotReady, ExportTooLarge
from core.exports.models import ExportFile, ExportPart
from core.exports.writers import FORMATS, ZIP, suffix, write_files, write_rows
from core.parties.roles import require_permission
from core.shops.queries import shop_context

KIND: Final = "export"
KEPT: Final = timedelta(days=7)
ROWS_MAX: Final = 5_000_000
FILES_MAX: Final = 3_000
PART_BYTES: Final = 512 * 1024
FETCHED_AT_ONCE: Final = 1_000
FILTER_CHARS_MAX: Final = 200


def export_list(name: str, enabled: frozenset[str] | None = None) -> ExportList:
    """The list of this name, of core or of a plugin that is on. Raises ExportNotFound."""
    found = next((owned.item for owned in registry().exports(enabled) if owned.item.name == name), None)
    if found is None:
        raise ExportNotFound(_("There is no such list."))
    return found


@transactional
def request_export(
    merchant_id: str,
    list_name: str,
    *,
    format: str,
    actor_id: str,
    filters: Mapping[str, str] | None = None,
    locale: str = "en",
) -> str:
    """Ask for a list as a file, written in the background; gives back the id of the file to come.

    Filters that the list does not know are left away. Raises ExportNotFound, Invalid (format), RoleNotEnough.
    """
    wanted = export_list(list_name, shop_context(merchant_id).plugins)
    require_permission(actor_id, merchant_id, wanted.permission)
    if wanted.file is not None:
        format = ZIP
    elif format not in FORMATS:
        raise Invalid(_("There is no such format."), fields={"format": _("Choose CSV or XLSX.")})
    moment = clock.now()
    export_id = new_id("exp")
    kept = {
        name: value.strip()[:FILTER_CHARS_MAX]
        for name, value in (filters or {}).items()
        if name in wanted.filters and value.strip()
    }
    task_id = enqueue_task(KIND, {"export_id": export_id}, merchant_id=merchant_id, created_by=actor_id)
    db.session.execute(
        insert(ExportFile).values(
            merchant_id=merchant_id,
            id=export_id,
            list_name=wanted.name,
            format=format,
            filters=kept,
            locale=locale,
            file_name=f"{wanted.name.replace('.', '-')}-{moment:%Y%m%d-%H%M}.{suffix(format)}",
            task_id=task_id,
            rows=0,
            bytes=0,
            ready=False,
            created_by=actor_id,
            created_at=moment,
            expires_at=moment + KEPT,
        )
    )
    record(
        "export.requested",
        actor_id=actor_id,
        subject=f"export:{export_id}",
        merchant_id=merchant_id,
        details={"list": wanted.name, "format": format},
    )
    return export_id


@task(KIND)
def write_export(context: TaskContext) -> dict[str, Any]:
    """Write a file that was asked for. Done again from the start, it replaces what was written before."""
    assert context.merchant_id is not None
    merchant_id, export_id = context.merchant_id, str(context.params["export_id"])
    export = _export(merchant_id, export_id)
    wanted = export_list(export.list_name)
    query = wanted.query(merchant_id, export.filters)
    total = db.session.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    if wanted.file is not None and total > FILES_MAX:
        raise ExportTooLarge(
            _("These are more than %(count)d files. Narrow them, by their days for example.", count=FILES_MAX)
        )
    if total > ROWS_MAX:
        raise ExportTooLarge(_("This list has more than 5 million rows. Narrow it, by its days for example."))
    locale, format = export.locale, export.format
    context.progress(0, max(total, 1))
    with tempfile.TemporaryFile() as file:
        with in_locale(locale):
            header = [str(word) for word in wanted.columns]

            def told(done: int) -> None:
                context.progress(min(done, total), total + 1)

            if wanted.file is not None:
                rows = write_files(file, map(wanted.file, _stream(query)), told)
            else:
                rows = write_rows(file, format, header, map(wanted.row, _stream(query)), told)
        size = file.seek(0, 2)
        _keep(merchant_id, export_id, file)
    _ready(merchant_id, export_id, rows, size)
    context.progress(1, 1)
    return {"export_id": export_id, "rows": rows, "bytes": size}


def _stream(query: Any) -> Iterator[Any]:
    """The rows of a query by a server-side cursor, in a read-only transaction of their own."""
    with db.engine.connect() as connection:
        reading = connection.execution_options(
            stream_results=True, yield_per=FETCHED_AT_ONCE, postgresql_readonly=True, sqlite_begin="BEGIN"
        )
        yield from reading.execute(query)
        reading.rollback()


def _keep(merchant_id: str, export_id: str, file: IO[bytes]) -> None:
    _forget_parts(merchant_id, export_id)
    file.seek(0)
    number = 0
    while content := file.read(PART_BYTES):
        _keep_part(merchant_id, export_id, number, content)
        number += 1


@transactional
def _keep_part(merchant_id: str, export_id: str, number: int, content: bytes) -> None:
    db.session.execute(
        insert(ExportPart).values(merchant_id=merchant_id, export_id=export_id, number=number, content=content)
    )


@transactional
def _forget_parts(merchant_id: str, export_id: str) -> None:
    db.session.execute(
        delete(ExportPart).where(ExportPart.merchant_id == merchant_id, ExportPart.export_id == export_id)
    )


@transactional
def _ready(merchant_id: str, export_id: str, rows: int, size: int) -> None:
    db.session.execute(
        update(ExportFile)
        .where(ExportFile.merchant_id == merchant_id, ExportFile.id == export_id)
        .values(ready=True, rows=rows, bytes=size, expires_at=clock.now() + KEPT)
    )


def _export(merchant_id: str, export_id: str) -> ExportFile:
    found = db.session.get(ExportFile, (merchant_id, export_id))
    if found is None:
        raise ExportNotFound(_("This file is not here any more. Export the list again."))
    return found


def fetch_export(merchant_id: str, export_id: str, *, actor_id: str) -> tuple[ExportFile, Iterator[bytes]]:
    """A finished file and its bytes, piece by piece. Raises ExportNotFound, ExportNotReady, RoleNotEnough."""
    export = _export(merchant_id, export_id)
    require_permission(actor_id, merchant_id, export_list(export.list_name).permission)
    if export.expires_at <= clock.now():
        raise ExportNotFound(_("This file is not here any more. Export the list again."))
    if not export.ready:
        raise ExportNotReady(_("This file is still being written."))
    return export, _pieces(merchant_id, export_id)


def _pieces(merchant_id: str, export_id: str) -> Iterator[bytes]:
    number = 0
    while True:
        content = db.session.scalar(
            select(ExportPart.content).where(
                ExportPart.merchant_id == merchant_id, ExportPart.export_id == export_id, ExportPart.number == number
            )
        )
        if content is None:
            return
        yield content
        number += 1


@transactional
def forget_export(merchant_id: str, export_id: str, *, actor_id: str) -> None:
    """Take a file away before its time. Raises ExportNotFound, RoleNotEnough."""
    export = _export(merchant_id, export_id)
    require_permission(actor_id, merchant_id, export_list(export.list_name).permission)
    _forget_parts(merchant_id, export_id)
    db.session.execute(delete(ExportFile).where(ExportFile.merchant_id == merchant_id, ExportFile.id == export_id))
    record("export.deleted", actor_id=actor_id, subject=f"export:{export_id}", merchant_id=merchant_id)


@transactional
def sweep_exports(limit: int = 100) -> int:
    """Let files go whose days are over; gives how many. A job calls it."""
    over = db.session.execute(
        select(ExportFile.merchant_id, ExportFile.id)
        .where(ExportFile.expires_at <= clock.now())
        .order_by(ExportFile.expires_at)
        .limit(limit)
    ).all()
    for merchant_id, export_id in over:
        _forget_parts(merchant_id, export_id)
        db.session.execute(delete(ExportFile).where(ExportFile.merchant_id == merchant_id, ExportFile.id == export_id))
    return len(over)
