"""What can be done with the pages of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.transactions import end_read, transactional
from core.catalog.texts import slug_of
from core.parties.roles import authorise
from core.shops.service import touch_shop
from core.site.blocks import checked_blocks
from core.site.errors import AddressTaken, NothingToPublish, PageNotFound
from core.site.models import SitePage, SiteRedirect
from core.site.versions import drop_draft, due, forget, keep_draft, make_live, plan, version_content

PERMISSION = "shop.edit"
PAGES_MAX = 500
TITLE_MAX = 120
_SEO = {"seo_title": 120, "seo_description": 320}


def page_path(slug: str) -> str:
    """Where a page stands in its shop."""
    return f"/pages/{slug}"


def checked_page(content: Mapping[str, Any]) -> dict[str, Any]:
    """A page's content, safe to show: `{"texts": {locale: {title, seo_title, seo_description, blocks}}}`.

    Raises Invalid with the fields at fault (`<locale>.title`, `<locale>.b0.html`).
    """
    problems: dict[str, object] = {}
    texts: dict[str, Any] = {}
    for locale, text in dict(content.get("texts") or {}).items():
        if locale not in LOCALES:
            raise Invalid(_l("Choose one of the languages."))
        wrong: dict[str, object] = {}
        title = str(text.get("title", "")).strip()
        if not title:
            wrong["title"] = _l("The page needs a title.")
        elif len(title) > TITLE_MAX:
            wrong["title"] = _l("At most %(count)d characters.", count=TITLE_MAX)
        texts[locale] = {"title": title[:TITLE_MAX]}
        for name, most in _SEO.items():
            value = str(text.get(name, "")).strip()
            if len(value) > most:
                wrong[name] = _l("At most %(count)d characters.", count=most)
            texts[locale][name] = value[:most]
        texts[locale]["blocks"] = checked_blocks(list(text.get("blocks") or ()), wrong)
        problems |= {f"{locale}.{name}": words for name, words in wrong.items()}
    if not texts:
        raise Invalid(_l("The page needs a title."), fields={"title": _l("The page needs a title.")})
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    return {"texts": texts}


@transactional
def create_page(merchant_id: str, content: Mapping[str, Any], *, actor_id: str | None, slug: str = "") -> str:
    """Begin a page as a draft that nobody sees yet; returns its id. `slug` empty: made from the title.

    Raises RoleNotEnough, Invalid, AddressTaken (a slug that was asked for), Refused (too many pages).
    """
    authorise(actor_id, merchant_id, PERMISSION)
    checked = checked_page(content)
    count = db.session.scalar(select(func.count()).select_from(SitePage).where(SitePage.merchant_id == merchant_id))
    if (count or 0) >= PAGES_MAX:
        raise Refused(_l("A shop has at most %(count)d pages.", count=PAGES_MAX))
    first = next(iter(checked["texts"].values()))
    wanted = _checked_slug(slug) if slug.strip() else _free_slug(merchant_id, slug_of(first["title"]) or "page")
    if slug.strip() and _taken(merchant_id, wanted, None):
        raise _address_taken(wanted)
    now, page_id = clock.now(), new_id("pag")
    db.session.add(
        SitePage(
            merchant_id=merchant_id,
            id=page_id,
            slug=wanted,
            titles={locale: text["title"] for locale, text in checked["texts"].items()},
            created_at=now,
            changed_at=now,
        )
    )
    db.session.flush()
    keep_draft(merchant_id, page_id, checked, actor_id=actor_id)
    _record("page.created", actor_id, merchant_id, page_id)
    return page_id


@transactional
def save_page(merchant_id: str, page_id: str, content: Mapping[str, Any], *, actor_id: str | None) -> None:
    """Keep a page's content as its draft. Raises RoleNotEnough, PageNotFound, Invalid."""
    authorise(actor_id, merchant_id, PERMISSION)
    page = _page(merchant_id, page_id)
    checked = checked_page(content)
    keep_draft(merchant_id, page_id, checked, actor_id=actor_id)
    page.changed_at = clock.now()
    if not page.shown:
        page.titles = {locale: text["title"] for locale, text in checked["texts"].items()}


@transactional
def publish_page(merchant_id: str, page_id: str, *, actor_id: str | None) -> None:
    """Show the draft to everybody (or a hidden page again, as it was). Raises RoleNotEnough, PageNotFound,
    NothingToPublish."""
    authorise(actor_id, merchant_id, PERMISSION)
    page = _page(merchant_id, page_id)
    try:
        content = make_live(merchant_id, page_id, actor_id=actor_id)
    except NothingToPublish:
        if page.shown:
            raise
    else:
        page.titles = {locale: text["title"] for locale, text in content["texts"].items()}
    page.shown, page.changed_at = True, clock.now()
    db.session.execute(
        delete(SiteRedirect).where(SiteRedirect.merchant_id == merchant_id, SiteRedirect.path == page_path(page.slug))
    )
    touch_shop(merchant_id)
    _record("page.published", actor_id, merchant_id, page_id)


@transactional
def schedule_page(merchant_id: str, page_id: str, publish_at: datetime | None, *, actor_id: str | None) -> None:
    """Let the draft go live at a moment to come; None takes that back.

    Raises RoleNotEnough, PageNotFound, NothingToPublish, Invalid (the moment is past).
    """
    authorise(actor_id, merchant_id, PERMISSION)
    _page(merchant_id, page_id)
    if publish_at is not None and publish_at <= clock.now():
        words = _l("Choose a moment to come.")
        raise Invalid(words, fields={"publish_at": words})
    plan(merchant_id, page_id, publish_at)
    _record("page.scheduled" if publish_at else "page.unscheduled", actor_id, merchant_id, page_id)


def publish_due() -> int:
    """Publish the pages whose moment has come; returns how many. For the worker."""
    published = 0
    found = due()
    end_read()
    for merchant_id, page_id in found:
        publish_page(merchant_id, page_id, actor_id=None)
        published += 1
    return published


@transactional
def hide_page(merchant_id: str, page_id: str, *, actor_id: str | None) -> None:
    """Take a page out of the shop; its versions stay. Raises RoleNotEnough, PageNotFound."""
    authorise(actor_id, merchant_id, PERMISSION)
    _page(merchant_id, page_id).shown = False
    touch_shop(merchant_id)
    _record("page.hidden", actor_id, merchant_id, page_id)


@transactional
def restore_page(merchant_id: str, page_id: str, number: int, *, actor_id: str | None) -> None:
    """Take an earlier version into the draft. Raises RoleNotEnough, PageNotFound, VersionNotFound."""
    authorise(actor_id, merchant_id, PERMISSION)
    _page(merchant_id, page_id)
    keep_draft(merchant_id, page_id, version_content(merchant_id, page_id, number), actor_id=actor_id)


@transactional
def drop_page_draft(merchant_id: str, page_id: str, *, actor_id: str | None) -> None:
    """Throw away what was not published. Raises RoleNotEnough, PageNotFound, Refused (it was never published)."""
    authorise(actor_id, merchant_id, PERMISSION)
    _page(merchant_id, page_id)
    drop_draft(merchant_id, page_id)


@transactional
def move_page(merchant_id: str, page_id: str, slug: str, *, actor_id: str | None) -> None:
    """Give a page another address; the old one leads there.

    Raises RoleNotEnough, PageNotFound, Invalid, AddressTaken.
    """
    authorise(actor_id, merchant_id, PERMISSION)
    page = _page(merchant_id, page_id)
    wanted = _checked_slug(slug)
    if wanted == page.slug:
        return
    if _taken(merchant_id, wanted, page_id):
        raise _address_taken(wanted)
    before, page.slug = page.slug, wanted
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError:
        raise _address_taken(wanted) from None
    _redirect(merchant_id, page_path(before), page_path(wanted))
    touch_shop(merchant_id)
    _record("page.moved", actor_id, merchant_id, page_id)


@transactional
def delete_page(merchant_id: str, page_id: str, *, actor_id: str | None) -> None:
    """Take a page away for good, with its versions. Raises RoleNotEnough, PageNotFound."""
    authorise(actor_id, merchant_id, PERMISSION)
    db.session.delete(_page(merchant_id, page_id))
    forget(merchant_id, page_id)
    touch_shop(merchant_id)
    _record("page.deleted", actor_id, merchant_id, page_id)


def _redirect(merchant_id: str, path: str, target: str) -> None:
    """From `path` to `target`; what led to `path` leads on, and `target` itself leads nowhere else."""
    mine = SiteRedirect.merchant_id == merchant_id
    db.session.execute(delete(SiteRedirect).where(mine, SiteRedirect.path.in_([path, target])))
    db.session.execute(update(SiteRedirect).where(mine, SiteRedirect.target == path).values(target=target))
    db.session.add(SiteRedirect(merchant_id=merchant_id, path=path, target=target, created_at=clock.now()))
    db.session.flush()


def _page(merchant_id: str, page_id: str) -> SitePage:
    page = db.session.scalar(
        select(SitePage).where(SitePage.merchant_id == merchant_id, SitePage.id == page_id).with_for_update()
    )
    if page is None:
        raise PageNotFound(_l("There is no such page."))
    return page


def _checked_slug(text: str) -> str:
    slug = slug_of(text)
    if not slug:
        words = _l("Write an address of letters and digits, like about-us.")
        raise Invalid(words, fields={"slug": words})
    return slug


def _taken(merchant_id: str, slug: str, page_id: str | None) -> bool:
    other = select(SitePage.id).where(SitePage.merchant_id == merchant_id, SitePage.slug == slug)
    return db.session.scalar(other.where(SitePage.id != (page_id or ""))) is not None


def _free_slug(merchant_id: str, wanted: str) -> str:
    used = set(db.session.scalars(select(SitePage.slug).where(SitePage.merchant_id == merchant_id)))
    slug, number = wanted, 2
    while slug in used:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _address_taken(slug: str) -> AddressTaken:
    words = _l("Another page stands at %(path)s.", path=page_path(slug))
    return AddressTaken(words, fields={"slug": words})


def _record(action: str, actor_id: str | None, merchant_id: str, page_id: str) -> None:
    record(action, actor_id=actor_id, subject=f"page:{page_id}", merchant_id=merchant_id)
