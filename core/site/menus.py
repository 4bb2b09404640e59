"""The menus of a shop: the header's and the footer's, each of links that may hold links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.audit import record
from core.base.errors import Invalid
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.parties.roles import authorise
from core.shops.service import touch_shop
from core.site.blocks import checked_address
from core.site.versions import keep_draft, live_content, make_live, version_content

SUBJECT: Final = "menus"
PLACES: Final = ("header", "footer")
KINDS: Final = ("home", "search", "page", "category", "address")
ITEMS_MAX: Final = 60
LABEL_MAX: Final = 60


def menus_of(merchant_id: str) -> dict[str, list[dict[str, Any]]]:
    """Both menus as the merchant made them: `{"header": [{label, kind, target, children}], "footer": […]}`."""
    content = live_content(merchant_id, SUBJECT) or {}
    return {place: list(content.get(place) or ()) for place in PLACES}


@transactional
def save_menu(merchant_id: str, place: str, items: Sequence[Mapping[str, Any]], *, actor_id: str | None) -> None:
    """Set one of the menus; the shop shows it at once, and the version before stays in the history.

    `label` is a text by language, empty where the target's own name does. Raises RoleNotEnough, Invalid with the fields
    at fault (`<place of the item in order>.<field>`).
    """
    authorise(actor_id, merchant_id, "shop.edit")
    if place not in PLACES:
        raise Invalid(_l("There is no such menu."))
    problems: dict[str, object] = {}
    counter = iter(range(ITEMS_MAX * 10))
    checked = [_checked(item, counter, problems, children=True) for item in items]
    if sum(1 + len(item["children"]) for item in checked) > ITEMS_MAX:
        raise Invalid(_l("A menu has at most %(count)d links.", count=ITEMS_MAX))
    if problems:
        raise Invalid(_l("Please correct the marked fields."), fields=problems)
    keep_draft(merchant_id, SUBJECT, {**menus_of(merchant_id), place: checked}, actor_id=actor_id)
    make_live(merchant_id, SUBJECT, actor_id=actor_id)
    touch_shop(merchant_id)
    record("menu.changed", actor_id=actor_id, subject=f"menu:{place}", merchant_id=merchant_id)


@transactional
def restore_menus(merchant_id: str, number: int, *, actor_id: str | None) -> None:
    """Go back to the menus of an earlier version. Raises RoleNotEnough, VersionNotFound."""
    authorise(actor_id, merchant_id, "shop.edit")
    keep_draft(merchant_id, SUBJECT, version_content(merchant_id, SUBJECT, number), actor_id=actor_id)
    make_live(merchant_id, SUBJECT, actor_id=actor_id)
    touch_shop(merchant_id)
    record("menu.restored", actor_id=actor_id, subject="menu:all", merchant_id=merchant_id, details={"number": number})


def _checked(item: Mapping[str, Any], counter: Any, problems: dict[str, object], *, children: bool) -> dict[str, Any]:
    place = next(counter)
    kind, target = str(item.get("kind", "")), str(item.get("target", "")).strip()
    labels = {
        locale: str(text).strip()
        for locale, text in dict(item.get("label") or {}).items()
        if locale in LOCALES and str(text).strip()
    }
    if kind not in KINDS:
        problems[f"{place}.target"] = _l("Choose where the link leads.")
    elif kind == "address":
        try:
            target = checked_address(target)
        except Invalid as error:
            problems[f"{place}.address"] = error.message
        if not labels:
            problems[f"{place}.label"] = _l("This link needs a name.")
    elif kind in ("page", "category") and not target:
        problems[f"{place}.target"] = _l("Choose where the link leads.")
    if any(len(text) > LABEL_MAX for text in labels.values()):
        problems[f"{place}.label"] = _l("At most %(count)d characters.", count=LABEL_MAX)
    below = [_checked(child, counter, problems, children=False) for child in item.get("children") or ()]
    if below and not children:
        problems[f"{place}.label"] = _l("Menus have two levels.")
    return {"label": labels, "kind": kind, "target": target, "children": below if children else []}
