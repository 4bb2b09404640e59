"""Files that were asked for, as the merchant sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.base.database import db
from core.base.jobs import BackgroundTask
from core.contract.exports import ExportList
from core.contract.runtime import registry
from core.exports.models import ExportFile
from core.parties.models import Person


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A file: being written (`state` waiting, running), done or failed."""

    id: str
    label: object
    format: str
    file_name: str
    state: str
    done: int
    total: int
    rows: int
    bytes: int
    error: str
    by: str
    created_at: datetime
    expires_at: datetime


def lists_for(may: Callable[[str], bool], enabled: frozenset[str]) -> list[ExportList]:
    """The lists that somebody may export, core's and those of the plugins that are on, in their order."""
    found = [owned.item for owned in registry().exports(enabled) if may(owned.item.permission)]
    return sorted(found, key=lambda item: item.order)


def recent_exports(merchant_id: str, lists: list[ExportList], limit: int = 50) -> list[ExportRow]:
    """The newest files of these lists, with how far each is; one statement."""
    labels = {item.name: item.label for item in lists}
    rows = db.session.execute(
        select(
            ExportFile,
            BackgroundTask.state,
            BackgroundTask.done,
            BackgroundTask.total,
            BackgroundTask.error,
            Person.name,
        )
        .join(BackgroundTask, BackgroundTask.id == ExportFile.task_id)
        .outerjoin(Person, Person.id == ExportFile.created_by)
        .where(ExportFile.merchant_id == merchant_id, ExportFile.list_name.in_(list(labels)))
        .order_by(ExportFile.created_at.desc(), ExportFile.id.desc())
        .limit(limit)
    )
    return [
        ExportRow(
            id=file.id,
            label=labels[file.list_name],
            format=file.format,
            file_name=file.file_name,
            state="done" if file.ready else state,
            done=done,
            total=total,
            rows=file.rows,
            bytes=file.bytes,
            error=error or "",
            by=name or "",
            created_at=file.created_at,
            expires_at=file.expires_at,
        )
        for file, state, done, total, error, name in rows
    ]
