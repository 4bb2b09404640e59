"""Handing people their data and erasing it; each room and plugin adds what it keeps (PersonalData)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from core.audit import record
from core.base import clock
from core.base.crypto import decrypt_bytes, encrypt_bytes
from core.base.database import db
from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.tasks import TaskContext, enqueue_task, task
from core.base.transactions import end_read, transactional
from core.contract.contributions import DataSubject, Kept
from core.contract.runtime import registry
from core.privacy.models import DataPackage, Erasure

KIND = "privacy.package"
KEPT_FOR = timedelta(days=7)
ANEW_AFTER = timedelta(hours=1)
_SWEPT_MAX = 500
_ABOUT = """\
What this shop or platform knows of you, as JSON files, one for each kind of data.
关于您的全部数据，每一类为一个 JSON 文件。
關於您的全部資料，每一類為一個 JSON 檔案。
"""


@dataclass(frozen=True, slots=True)
class KeptPart:
    """What one part of the system would keep after an erasure."""

    label: Any
    kept: Sequence[Kept]


@transactional
def request_package(subject: DataSubject) -> str:
    """Have all data of somebody packed up in the background; returns the package's id.

    One that is being made, or is less than an hour old, is given back instead of making another.
    """
    recent = db.session.scalar(
        select(DataPackage.id)
        .where(
            *_of(subject),
            DataPackage.state != "failed",
            DataPackage.requested_at > clock.now() - ANEW_AFTER,
        )
        .order_by(DataPackage.requested_at.desc())
        .limit(1)
    )
    if recent is not None:
        return recent
    package_id, now = new_id("pkg"), clock.now()
    db.session.add(
        DataPackage(
            id=package_id,
            subject_kind=subject.kind,
            subject_id=subject.id,
            merchant_id=subject.merchant_id,
            requested_at=now,
            expires_at=now + KEPT_FOR,
        )
    )
    enqueue_task(KIND, {"package_id": package_id}, merchant_id=subject.merchant_id)
    _record("privacy.package_requested", subject)
    return package_id


@task(KIND)
def make_package(context: TaskContext) -> dict[str, Any] | None:
    """Ask every part for what it knows and pack it; again from the start gives the same."""
    package_id = str(context.params["package_id"])
    row = db.session.get(DataPackage, package_id)
    if row is None or row.state == "ready":
        return None
    subject = subject_of(row.subject_kind, row.subject_id, row.merchant_id)
    try:
        content = _packed(subject, context)
    except Exception:
        _store_package(package_id, None)
        raise
    _store_package(package_id, content)
    return {"size_bytes": len(content)}


def _packed(subject: DataSubject, context: TaskContext) -> bytes:
    parts = registry().personal_data
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", _ABOUT)
        for done, owned in enumerate(parts, start=1):
            found = owned.item.collect(subject)
            end_read()
            if found is not None:
                text = json.dumps(found, ensure_ascii=False, indent=1, default=_plain)
                packed.writestr(f"{owned.item.name}.json", text)
            context.progress(done, len(parts))
    return file.getvalue()


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@transactional
def _store_package(package_id: str, content: bytes | None) -> None:
    values: dict[str, Any] = {"state": "failed"}
    if content is not None:
        now = clock.now()
        values = {
            "state": "ready",
            "size_bytes": len(content),
            "content_encrypted": encrypt_bytes(content),
            "ready_at": now,
            "expires_at": now + KEPT_FOR,
        }
    db.session.execute(update(DataPackage).where(DataPackage.id == package_id).values(**values))


def packages_of(subject: DataSubject) -> Sequence[DataPackage]:
    """The packages that can still be fetched or are being made, the newest first."""
    return db.session.scalars(
        select(DataPackage)
        .where(*_of(subject), DataPackage.expires_at > clock.now())
        .order_by(DataPackage.requested_at.desc())
        .limit(5)
    ).all()


def fetch_package(package_id: str, subject: DataSubject) -> bytes:
    """The ZIP, for its subject alone. Raises NotFound (another's, not ready, expired)."""
    sealed = db.session.scalar(
        select(DataPackage.content_encrypted).where(
            DataPackage.id == package_id,
            *_of(subject),
            DataPackage.state == "ready",
            DataPackage.expires_at > clock.now(),
        )
    )
    if sealed is None:
        raise NotFound(_l("This file is not here any more. Ask for a new one."))
    return decrypt_bytes(sealed)


@transactional
def sweep_packages() -> int:
    """Delete packages that nobody may fetch any more (job); returns how many."""
    gone = db.session.scalars(
        select(DataPackage.id).where(DataPackage.expires_at <= clock.now()).limit(_SWEPT_MAX)
    ).all()
    if gone:
        db.session.execute(delete(DataPackage).where(DataPackage.id.in_(gone)))
    return len(gone)


def erasure_preview(subject: DataSubject) -> list[KeptPart]:
    """What would stay after an erasure, and why; parts that keep nothing have an empty list."""
    parts = [
        KeptPart(owned.item.label, tuple(owned.item.kept(subject)))
        for owned in registry().personal_data
        if subject.kind in owned.item.about
    ]
    end_read()
    return parts


@transactional
def erase(subject: DataSubject) -> None:
    """Erase somebody's data; what the books must keep stays without a name. The subject is signed out everywhere.

    Raises Refused (something has to end first; nothing is erased then), NotFound.
    """
    if db.session.scalar(
        select(Erasure.id).where(Erasure.subject_kind == subject.kind, Erasure.subject_id == subject.id).limit(1)
    ):
        raise Refused(_l("This was erased already."))
    done = []
    for owned in registry().personal_data:
        owned.item.erase(subject)
        done.append(owned.item.name)
    db.session.execute(delete(DataPackage).where(*_of(subject)))
    db.session.add(
        Erasure(
            id=new_id("era"),
            subject_kind=subject.kind,
            subject_id=subject.id,
            merchant_id=subject.merchant_id,
            parts=done,
            erased_at=clock.now(),
        )
    )
    _record("privacy.erased", subject)


def subject_of(kind: str, subject_id: str, merchant_id: str | None) -> DataSubject:
    """A subject from its stored parts."""
    return DataSubject("person" if kind == "person" else "customer", subject_id, merchant_id)


def _of(subject: DataSubject) -> tuple[Any, ...]:
    return (
        DataPackage.subject_kind == subject.kind,
        DataPackage.subject_id == subject.id,
        DataPackage.merchant_id.is_(None)
        if subject.merchant_id is None
        else DataPackage.merchant_id == subject.merchant_id,
    )


def _record(action: str, subject: DataSubject) -> None:
    actor_id = subject.id if subject.kind == "person" else None
    record(action, actor_id=actor_id, subject=f"{subject.kind}:{subject.id}", merchant_id=subject.merchant_id)
