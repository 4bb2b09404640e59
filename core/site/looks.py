"""The look of a shop: colours, type, pictures, the first page, the order of plugins' pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.audit import record
from core.base.errors import Invalid
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import SLOT_PLACES
from core.parties.roles import authorise
from core.shops.queries import shop_context
from core.shops.service import change_theme
from core.shops.theme import checked_theme
from core.site.blocks import checked_blocks
from core.site.versions import drop_draft, keep_draft, live_content, make_live, newest_content, version_content

SUBJECT: Final = "look"
_NAMES_MAX: Final = 40


def default_home() -> list[dict[str, Any]]:
    """The first page of a shop that arranged nothing: itself, its newest goods. Empty fields are filled by the shop."""
    return [
        {"kind": "hero", "title": "", "text": "", "button": "", "address": "", "picture": ""},
        {"kind": "products", "title": "", "category": "", "limit": 12},
    ]


def look_of(merchant_id: str) -> dict[str, Any]:
    """The look as it is being edited: the draft, or what is published, or what the shop began with."""
    found = newest_content(merchant_id, SUBJECT)
    if found is None:
        found = {"theme": dict(shop_context(merchant_id).theme), "home": {}, "slots": {}}
    return {"theme": {}, "home": {}, "slots": {}, **found}


def checked_look(content: Mapping[str, Any]) -> dict[str, Any]:
    """A look that is safe to show. Raises Invalid with the fields at fault (`accent`, `en.b0.title`)."""
    problems: dict[str, object] = {}
    theme: dict[str, Any] = {}
    try:
        theme = checked_theme({name: value for name, value in dict(content.get("theme") or {}).items() if value != ""})
    except Invalid as error:
        problems |= error.fields or {"theme": error.message}
    home: dict[str, Any] = {}
    for locale, blocks in dict(content.get("home") or {}).items():
        if locale not in LOCALES:
            raise Invalid(_l("Choose one of the languages."))
        wrong: dict[str, object] = {}
        home[locale] = checked_blocks(list(blocks), wrong)
        problems |= {f"{locale}.{name}": words for name, words in wrong.items()}
    slots: dict[str, Any] = {}
    for place, arranged in dict(content.get("slots") or {}).items():
        if place in SLOT_PLACES:
            names = {part: [str(name)[:40] for name in arranged.get(part) or ()] for part in ("order", "hidden")}
            slots[place] = {part: found[:_NAMES_MAX] for part, found in names.items()}
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    return {"theme": theme, "home": home, "slots": slots}


@transactional
def save_look(merchant_id: str, content: Mapping[str, Any], *, actor_id: str | None) -> dict[str, Any]:
    """Keep a look as the draft; visitors see nothing of it. Raises RoleNotEnough, Invalid."""
    authorise(actor_id, merchant_id, "shop.edit")
    checked = checked_look(content)
    keep_draft(merchant_id, SUBJECT, checked, actor_id=actor_id)
    return checked


@transactional
def publish_look(merchant_id: str, *, actor_id: str | None) -> None:
    """Show the draft to everybody. Raises RoleNotEnough, NothingToPublish."""
    authorise(actor_id, merchant_id, "shop.edit")
    _keep_what_was(merchant_id)
    content = make_live(merchant_id, SUBJECT, actor_id=actor_id)
    change_theme(merchant_id, content["theme"], actor_id=actor_id)


def _keep_what_was(merchant_id: str) -> None:
    """The look that the shop began with becomes the first version, so that it can be gone back to."""
    if live_content(merchant_id, SUBJECT) is not None:
        return
    draft = newest_content(merchant_id, SUBJECT)
    drop_draft(merchant_id, SUBJECT)
    began = {"theme": dict(shop_context(merchant_id).theme), "home": {}, "slots": {}}
    keep_draft(merchant_id, SUBJECT, began, actor_id=None)
    make_live(merchant_id, SUBJECT, actor_id=None)
    if draft is not None:
        keep_draft(merchant_id, SUBJECT, draft, actor_id=None)


@transactional
def restore_look(merchant_id: str, number: int, *, actor_id: str | None) -> None:
    """Take an earlier version into the draft. Raises RoleNotEnough, VersionNotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    keep_draft(merchant_id, SUBJECT, version_content(merchant_id, SUBJECT, number), actor_id=actor_id)
    record("look.restored", actor_id=actor_id, subject="look:shop", merchant_id=merchant_id, details={"number": number})


@transactional
def drop_look_draft(merchant_id: str, *, actor_id: str | None) -> None:
    """Throw away what was not published. Raises RoleNotEnough."""
    authorise(actor_id, merchant_id, "shop.edit")
    drop_draft(merchant_id, SUBJECT)
