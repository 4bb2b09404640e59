"""What pages of the shop and of the console read of the site room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.site.errors import PageNotFound
from core.site.models import SitePage, SiteRedirect, SiteSubscriber, SiteVersion


def in_language(texts: Mapping[str, Any], locale: str, default: str) -> Any:
    """The text of a language, or of the shop's own, or whatever there is; None without any."""
    chinese = "zh_Hant" if locale == "zh_Hans" else "zh_Hans" if locale == "zh_Hant" else ""
    for wanted in (locale, chinese, default):
        if texts.get(wanted):
            return texts[wanted]
    return next((text for text in texts.values() if text), None)


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page in the console's list."""

    id: str
    slug: str
    titles: Mapping[str, Any]
    shown: bool
    changed_at: datetime
    drafted: bool
    """Something of it waits to be published."""
    publish_at: datetime | None
    languages: tuple[str, ...]


def pages_of(merchant_id: str) -> Sequence[PageRow]:
    """Every page of a merchant, by address; one statement."""
    draft = aliased(SiteVersion)
    rows = db.session.execute(
        select(SitePage, draft.number, draft.publish_at)
        .outerjoin(
            draft,
            and_(
                draft.merchant_id == SitePage.merchant_id,
                draft.subject == SitePage.id,
                draft.published_at.is_(None),
            ),
        )
        .where(SitePage.merchant_id == merchant_id)
        .order_by(SitePage.slug)
    ).all()
    return [
        PageRow(
            page.id, page.slug, page.titles, page.shown, page.changed_at, number is not None, at, tuple(page.titles)
        )
        for page, number, at in rows
    ]


def page_row(merchant_id: str, page_id: str) -> PageRow:
    """One page. Raises PageNotFound."""
    for row in pages_of(merchant_id):
        if row.id == page_id:
            return row
    raise PageNotFound(_l("There is no such page."))


@dataclass(frozen=True, slots=True)
class LivePage:
    """A page as the shop shows it."""

    id: str
    slug: str
    content: Mapping[str, Any]
    changed_at: datetime


def live_page(merchant_id: str, slug: str) -> LivePage | None:
    """The published page at an address, or None; one statement."""
    row = db.session.execute(
        select(SitePage.id, SitePage.slug, SiteVersion.content, SiteVersion.published_at)
        .join(SiteVersion, and_(SiteVersion.merchant_id == SitePage.merchant_id, SiteVersion.subject == SitePage.id))
        .where(SitePage.merchant_id == merchant_id, SitePage.slug == slug, SitePage.shown, SiteVersion.live)
    ).first()
    return LivePage(*row) if row else None


def preview_page(merchant_id: str, slug: str) -> LivePage | None:
    """The page at an address with its draft, for whoever may preview it."""
    row = db.session.execute(
        select(SitePage.id, SitePage.slug, SiteVersion.content, SiteVersion.changed_at)
        .join(SiteVersion, and_(SiteVersion.merchant_id == SitePage.merchant_id, SiteVersion.subject == SitePage.id))
        .where(
            SitePage.merchant_id == merchant_id,
            SitePage.slug == slug,
            SiteVersion.live | SiteVersion.published_at.is_(None),
        )
        .order_by(SiteVersion.number.desc())
        .limit(1)
    ).first()
    return LivePage(*row) if row else None


def shown_pages(merchant_id: str) -> Mapping[str, tuple[str, Mapping[str, Any], datetime]]:
    """The pages that the shop shows: slug, titles and last change, by id; one statement."""
    rows = db.session.execute(
        select(SitePage.id, SitePage.slug, SitePage.titles, SitePage.changed_at)
        .where(SitePage.merchant_id == merchant_id, SitePage.shown)
        .order_by(SitePage.slug)
    ).all()
    return {row.id: (row.slug, row.titles, row.changed_at) for row in rows}


def live_frame(merchant_id: str) -> Mapping[str, Mapping[str, Any]]:
    """What every page of the shop shows of the merchant's arrangement: the live `menus` and `look`; one statement."""
    rows = db.session.execute(
        select(SiteVersion.subject, SiteVersion.content).where(
            SiteVersion.merchant_id == merchant_id, SiteVersion.subject.in_(["menus", "look"]), SiteVersion.live
        )
    ).all()
    return {row.subject: row.content for row in rows}


def redirect_of(merchant_id: str, path: str) -> str | None:
    """Where an address of the shop has moved to."""
    return db.session.scalar(
        select(SiteRedirect.target).where(SiteRedirect.merchant_id == merchant_id, SiteRedirect.path == path[:300])
    )


def redirects_of(merchant_id: str) -> Sequence[SiteRedirect]:
    """All redirects of a shop, by path."""
    return db.session.scalars(
        select(SiteRedirect).where(SiteRedirect.merchant_id == merchant_id).order_by(SiteRedirect.path).limit(500)
    ).all()


def subscribers_of(merchant_id: str, limit: int = 200) -> Sequence[SiteSubscriber]:
    """Who wants the shop's news now, the latest first."""
    return db.session.scalars(
        select(SiteSubscriber)
        .where(SiteSubscriber.merchant_id == merchant_id, SiteSubscriber.left_at.is_(None))
        .order_by(SiteSubscriber.agreed_at.desc(), SiteSubscriber.id)
        .limit(limit)
    ).all()
