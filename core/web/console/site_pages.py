"""Pages of the shop: written, previewed, published, scheduled, moved, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _
from core.catalog.pictures import small_media_url
from core.catalog.queries import categories_tree, flatten
from core.site.blocks import LIMITS
from core.site.legal import TEMPLATES, page_from_template
from core.site.preview import preview_token
from core.site.queries import in_language, page_row, pages_of, redirects_of
from core.site.redirects import remove_redirect, set_redirect
from core.site.service import (
    create_page,
    delete_page,
    drop_page_draft,
    hide_page,
    move_page,
    publish_page,
    restore_page,
    save_page,
    schedule_page,
)
from core.site.versions import history, newest_content
from core.web.console.block_forms import NAMES, is_arranging, of_language, rearranged, sent_blocks
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    posted,
    show,
    the_shop,
    words_of,
)
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member


def title_of(titles: Mapping[str, Any]) -> str:
    """A page's title for whoever works in the console."""
    return str(in_language(titles, current_locale(), the_shop().locale) or "–")


@blueprint.get("/pages")
@require_member("shop.edit")
def pages() -> Response:
    """Every page, templates to start from, and redirects."""
    return _list()


def _list(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    found = pages_of(merchant_id())
    return show(
        "site_pages",
        status=status,
        pages=found,
        title_of=title_of,
        languages=LOCALES,
        templates={
            slug: name for slug, (name, _make) in TEMPLATES.items() if slug not in {page.slug for page in found}
        },
        redirects=redirects_of(merchant_id()),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/pages")
@require_member("shop.edit")
def new_page() -> WerkzeugResponse:
    """Begin a page, empty or from a template."""
    shop, template, title = the_shop(), posted("template", 40), posted("title", 300)
    try:
        content = (
            page_from_template(template, shop)
            if template
            else {"texts": {shop.locale: {"title": title, "blocks": [{"kind": "text"}]}}}
        )
        page_id = create_page(merchant_id(), content, actor_id=actor_id(), slug=template)
    except (Invalid, Refused) as error:
        return _list(status=error.status, errors=of_language(error.fields, shop.locale), message=words_of(error))
    flash_member(_("A draft has been made. Nobody sees it until you publish it."), "info")
    return redirect(url_for("console.page", page_id=page_id), 303)


@blueprint.post("/redirects")
@require_member("shop.edit")
def change_redirect() -> WerkzeugResponse:
    """Write a redirect down, or forget one."""
    path, to = posted("path", 400), url_for("console.pages") + "#redirects"
    if request.form.get("do") == "remove":
        done = _("The redirect is gone.")
        return attempt(lambda: remove_redirect(merchant_id(), path, actor_id=actor_id()), done, to=to)
    try:
        set_redirect(merchant_id(), path, posted("target", 600), actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _list(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Saved. The shop shows it at once."))
    return redirect(to, 303)


def _language() -> str:
    wanted = argument("language", 10)
    return wanted if wanted in LOCALES else the_shop().locale


@blueprint.get("/pages/<page_id>")
@require_member("shop.edit")
def page(page_id: str) -> Response:
    """The editor of a page, in one language."""
    row = page_row(merchant_id(), page_id)
    content = newest_content(merchant_id(), page_id) or {"texts": {}}
    locale = argument("language", 10)
    if locale not in LOCALES:
        locale = the_shop().locale if the_shop().locale in content["texts"] else next(iter(content["texts"]), "en")
    return _editor(row.id, locale, content["texts"].get(locale) or {})


def _editor(
    page_id: str,
    locale: str,
    text: Mapping[str, Any],
    *,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
) -> Response:
    row = page_row(merchant_id(), page_id)
    written = newest_content(merchant_id(), page_id) or {"texts": {}}
    return show(
        "site_page",
        status=status,
        page=row,
        title=title_of(row.titles),
        locale_edited=locale,
        languages=LOCALES,
        written=set(written["texts"]),
        text=text,
        versions=history(merchant_id(), page_id),
        preview=f"/pages/{row.slug}?lang={locale}&preview={preview_token(merchant_id(), page_id)}",
        errors=errors or {},
        message=message,
        **block_choices(),
    )


def block_choices() -> dict[str, Any]:
    """What the form of blocks offers."""
    shelves = flatten(categories_tree(merchant_id(), published_only=False))
    return {
        "block_names": NAMES,
        "shelves": [("", _("All products")), *((shelf.slug, shelf.path) for shelf in shelves)],
        "limits": [(str(number), number) for number in LIMITS],
        "small_media_url": small_media_url,
    }


@blueprint.post("/pages/<page_id>")
@require_member("shop.edit")
def change_page(page_id: str) -> WerkzeugResponse:
    """Keep what was written as the draft; then publish, schedule, or go on arranging."""
    locale, do = _language(), request.form.get("do", "save")
    page_row(merchant_id(), page_id)
    errors: dict[str, object] = {}
    blocks, focus = rearranged(sent_blocks(errors), do)
    text = {name: posted(name, 1000) for name in ("title", "seo_title", "seo_description")} | {"blocks": blocks}
    content = newest_content(merchant_id(), page_id) or {"texts": {}}
    try:
        if errors:
            raise Invalid(_("Please correct the marked fields."))
        save_page(merchant_id(), page_id, {"texts": {**content["texts"], locale: text}}, actor_id=actor_id())
        if do == "publish":
            publish_page(merchant_id(), page_id, actor_id=actor_id())
        elif do == "schedule":
            schedule_page(merchant_id(), page_id, _moment(posted("publish_at", 30)), actor_id=actor_id())
    except (Invalid, Refused) as error:
        errors |= of_language(error.fields, locale)
        errors |= {name: words for name, words in error.fields.items() if "." not in name}
        return _editor(page_id, locale, text, status=error.status, errors=errors, message=words_of(error))
    if do == "publish":
        flash_member(_("Published. The shop shows it at once."))
    elif do == "schedule":
        flash_member(_("The page will be published by itself."))
    elif not is_arranging(do):
        flash_member(_("The draft is kept. Visitors see the page as it was."))
    to = url_for("console.page", page_id=page_id, language=locale)
    return redirect(to + (f"#block-{focus}" if focus is not None else ""), 303)


def _moment(text: str) -> datetime:
    """A moment as the browser's field writes it, in UTC. Raises Invalid."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        words = _("Write a moment like 2026-11-30 09:00.")
        raise Invalid(words, fields={"publish_at": words}) from None


@blueprint.post("/pages/<page_id>/state")
@require_member("shop.edit")
def change_page_state(page_id: str) -> WerkzeugResponse:
    """Hide, delete, move, take back, unschedule."""
    merchant, who, here = merchant_id(), actor_id(), url_for("console.page", page_id=page_id)
    what, _colon, which = request.form.get("do", "").partition(":")
    if what == "publish":
        return attempt(
            lambda: publish_page(merchant, page_id, actor_id=who), _("Published. The shop shows it at once."), to=here
        )
    if what == "delete":
        done = _("The page is gone.")
        return attempt(lambda: delete_page(merchant, page_id, actor_id=who), done, to=url_for("console.pages"))
    if what == "hide":
        done = _("The page is hidden. Its text stays here.")
        return attempt(lambda: hide_page(merchant, page_id, actor_id=who), done, to=here)
    if what == "move":
        done = _("Moved. The old address leads to the new one.")
        return attempt(lambda: move_page(merchant, page_id, posted("slug", 200), actor_id=who), done, to=here)
    if what == "unschedule":
        done = _("The page will not be published by itself.")
        return attempt(lambda: schedule_page(merchant, page_id, None, actor_id=who), done, to=here)
    if what == "restore" and which.isdigit() and len(which) < 9:
        done = _("The earlier text is in the draft now. Look at it and publish it.")
        return attempt(lambda: restore_page(merchant, page_id, int(which), actor_id=who), done, to=here)
    done = _("The draft is thrown away.")
    return attempt(lambda: drop_page_draft(merchant, page_id, actor_id=who), done, to=here)
