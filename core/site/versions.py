"""Drafts and versions of what a merchant shapes, the same for pages, menus and the look.

A draft is changed in place and seen by nobody but who previews it; publishing freezes it and makes it live. Any version
that was once published can be taken back into the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from core.base import clock
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.models import Person
from core.site.errors import NothingToPublish, VersionNotFound
from core.site.models import SiteVersion

VERSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the history shows it."""

    number: int
    live: bool
    published_at: datetime | None
    publish_at: datetime | None
    changed_at: datetime
    by: str


def _of(merchant_id: str, subject: str) -> tuple[Any, Any]:
    return SiteVersion.merchant_id == merchant_id, SiteVersion.subject == subject


def live_content(merchant_id: str, subject: str) -> dict[str, Any] | None:
    """What is published, or None."""
    return db.session.scalar(select(SiteVersion.content).where(*_of(merchant_id, subject), SiteVersion.live))


def draft_content(merchant_id: str, subject: str) -> dict[str, Any] | None:
    """The draft, or None where nothing waits to be published."""
    return db.session.scalar(
        select(SiteVersion.content).where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None))
    )


def newest_content(merchant_id: str, subject: str) -> dict[str, Any] | None:
    """The draft, or what is published, or None."""
    return db.session.scalar(
        select(SiteVersion.content)
        .where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None) | SiteVersion.live)
        .order_by(SiteVersion.published_at.is_(None).desc())
        .limit(1)
    )


def version_content(merchant_id: str, subject: str, number: int) -> dict[str, Any]:
    """What a version said. Raises VersionNotFound."""
    content: dict[str, Any] | None = db.session.scalar(
        select(SiteVersion.content).where(*_of(merchant_id, subject), SiteVersion.number == number)
    )
    if content is None:
        raise VersionNotFound(_l("This version is not here any more."))
    return content


def history(merchant_id: str, subject: str) -> Sequence[Version]:
    """The versions of a subject, newest first, with who changed each."""
    rows = db.session.execute(
        select(
            SiteVersion.number,
            SiteVersion.live,
            SiteVersion.published_at,
            SiteVersion.publish_at,
            SiteVersion.changed_at,
            func.coalesce(Person.name, ""),
        )
        .outerjoin(Person, Person.id == SiteVersion.changed_by)
        .where(*_of(merchant_id, subject))
        .order_by(SiteVersion.number.desc())
        .limit(VERSIONS_SHOWN)
    ).all()
    return [Version(*row) for row in rows]


@transactional
def keep_draft(merchant_id: str, subject: str, content: Mapping[str, Any], *, actor_id: str | None) -> None:
    """Keep content as the draft of a subject; what is published stays as it is. A schedule stays too."""
    now = clock.now()
    changed = db.session.execute(
        update(SiteVersion)
        .where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None))
        .values(content=dict(content), changed_at=now, changed_by=actor_id)
        .returning(SiteVersion.number)
    ).first()
    if changed is not None:
        return
    last = db.session.scalar(select(func.max(SiteVersion.number)).where(*_of(merchant_id, subject)))
    db.session.add(
        SiteVersion(
            merchant_id=merchant_id,
            subject=subject,
            number=(last or 0) + 1,
            content=dict(content),
            created_at=now,
            changed_at=now,
            changed_by=actor_id,
        )
    )
    db.session.flush()


@transactional
def make_live(merchant_id: str, subject: str, *, actor_id: str | None) -> dict[str, Any]:
    """Freeze the draft and make it the live version; returns its content. Raises NothingToPublish."""
    draft = db.session.scalar(
        select(SiteVersion).where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None)).with_for_update()
    )
    if draft is None:
        raise NothingToPublish(_l("There is nothing new to publish."))
    db.session.execute(update(SiteVersion).where(*_of(merchant_id, subject), SiteVersion.live).values(live=False))
    draft.live, draft.published_at, draft.publish_at = True, clock.now(), None
    draft.changed_by = actor_id or draft.changed_by
    db.session.flush()
    return dict(draft.content)


@transactional
def drop_draft(merchant_id: str, subject: str) -> None:
    """Throw the draft away; what is published stays."""
    db.session.execute(delete(SiteVersion).where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None)))


@transactional
def plan(merchant_id: str, subject: str, publish_at: datetime | None) -> None:
    """Say when the draft goes live by itself; None: not by itself. Raises NothingToPublish."""
    changed = db.session.execute(
        update(SiteVersion)
        .where(*_of(merchant_id, subject), SiteVersion.published_at.is_(None))
        .values(publish_at=publish_at)
        .returning(SiteVersion.number)
    ).first()
    if changed is None:
        raise NothingToPublish(_l("There is nothing new to publish."))


def due(limit: int = 100) -> Sequence[tuple[str, str]]:
    """Drafts whose moment has come: (merchant_id, subject)."""
    rows = db.session.execute(
        select(SiteVersion.merchant_id, SiteVersion.subject)
        .where(SiteVersion.publish_at <= clock.now(), SiteVersion.published_at.is_(None))
        .order_by(SiteVersion.publish_at)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows]


@transactional
def forget(merchant_id: str, subject: str) -> None:
    """Take every version of a subject away, with the thing itself."""
    db.session.execute(delete(SiteVersion).where(*_of(merchant_id, subject)))
