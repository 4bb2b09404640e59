"""The shop's menus: links named, nested, put in order; with buttons, or dragged where scripts run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _
from core.catalog.queries import categories_tree, flatten
from core.site.menus import ITEMS_MAX, PLACES, SUBJECT, menus_of, restore_menus, save_menu
from core.site.queries import shown_pages
from core.site.versions import history
from core.web.console.page import Errors, actor_id, attempt, blueprint, merchant_id, show, words_of
from core.web.console.site_pages import title_of
from core.web.member import flash_member, require_member

NAMES = {"header": _("Menu at the top"), "footer": _("Menu at the foot")}
_ROW = re.compile(r"m(\d{1,3})\.to")
Row = dict[str, Any]


@blueprint.get("/menus")
@require_member("shop.edit")
def menus() -> Response:
    """Both menus."""
    return _page({place: rows_of(items) for place, items in menus_of(merchant_id()).items()})


def _page(
    menus_shown: Mapping[str, list[Row]],
    *,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
    place: str = "",
) -> Response:
    return show(
        "site_menus",
        status=status,
        menus=menus_shown,
        names=NAMES,
        languages=LOCALES,
        targets=_targets(),
        versions=[version for version in history(merchant_id(), SUBJECT) if version.published_at],
        errors=errors or {},
        place=place,
        message=message,
    )


def _targets() -> list[tuple[Any, list[tuple[str, Any]]]]:
    shelves = flatten(categories_tree(merchant_id(), published_only=False))
    pages = shown_pages(merchant_id())
    return [
        (
            _("Shop"),
            [
                ("home:", _("First page")),
                ("search:", _("Everything in the shop")),
                ("address:", _("An address (write it beside)")),
            ],
        ),
        (_("Shop pages"), [(f"page:{page_id}", title_of(titles)) for page_id, (_slug, titles, _at) in pages.items()]),
        (_("Categories"), [(f"category:{shelf.id}", shelf.path) for shelf in shelves]),
    ]


def rows_of(items: Sequence[Mapping[str, Any]], depth: int = 0) -> list[Row]:
    """A menu as rows of a form, each with how deep it stands."""
    rows: list[Row] = []
    for item in items:
        rows.append(
            {
                "label": dict(item["label"]),
                "to": f"{item['kind']}:{'' if item['kind'] == 'address' else item['target']}",
                "address": item["target"] if item["kind"] == "address" else "",
                "depth": depth,
            }
        )
        rows += rows_of(item.get("children") or (), depth + 1)
    return rows


def items_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The menu that rows of a form describe: a row that stands in belongs to the row before it that does not."""
    items: list[dict[str, Any]] = []
    for row in rows:
        kind, _colon, target = row["to"].partition(":")
        target = row["address"] if kind == "address" else target
        item = {"label": row["label"], "kind": kind, "target": target, "children": []}
        if row["depth"] and items:
            items[-1]["children"].append(item)
        else:
            items.append(item)
    return items


def _sent_rows() -> list[Row]:
    found = []
    for name in request.form:
        match = _ROW.fullmatch(name)
        if match is None:
            continue
        prefix, position = f"m{match[1]}.", request.form.get(f"m{match[1]}.position", "")
        row = {
            "label": {locale: request.form.get(f"{prefix}label.{locale}", "").strip()[:200] for locale in LOCALES},
            "to": request.form.get(name, "")[:80],
            "address": request.form.get(f"{prefix}address", "").strip()[:600],
            "depth": 1 if request.form.get(f"{prefix}depth") == "1" else 0,
        }
        found.append((int(position) if position.isdigit() and len(position) < 5 else int(match[1]), int(match[1]), row))
    return [row for _position, _number, row in sorted(found, key=lambda one: one[:2])][:ITEMS_MAX]


def _arranged(rows: list[Row], do: str) -> list[Row]:
    what, _colon, which = do.partition(":")
    if what == "add":
        return [*rows, {"label": {}, "to": "home:", "address": "", "depth": 0}]
    place = int(which) if which.isdigit() and len(which) < 4 else -1
    if not 0 <= place < len(rows):
        return rows
    rows = list(rows)
    to = place + (-1 if what == "up" else 1)
    if what == "remove":
        rows.pop(place)
    elif what in ("up", "down") and 0 <= to < len(rows):
        rows[place], rows[to] = rows[to], rows[place]
    elif what in ("in", "out"):
        rows[place] = {**rows[place], "depth": 1 if what == "in" and place else 0}
    if rows:
        rows[0] = {**rows[0], "depth": 0}
    return rows


@blueprint.post("/menus/<place>")
@require_member("shop.edit")
def change_menu(place: str) -> WerkzeugResponse:
    """Save a menu, after one of its buttons has done its part."""
    if place not in PLACES:
        raise NotFound(_("There is no such menu."))
    do = request.form.get("do", "save")
    rows = _arranged(_sent_rows(), do)
    try:
        save_menu(merchant_id(), place, items_of(rows), actor_id=actor_id())
    except (Invalid, Refused) as error:
        shown = {name: rows_of(items) for name, items in menus_of(merchant_id()).items()}
        page = {**shown, place: rows}
        return _page(page, status=error.status, errors=error.fields, message=words_of(error), place=place)
    if do == "save":
        flash_member(_("Saved. The shop shows it at once."))
    return redirect(url_for("console.menus") + f"#{place}", 303)


@blueprint.post("/menus/versions/<int:number>")
@require_member("shop.edit")
def restore_menu_version(number: int) -> WerkzeugResponse:
    """Go back to earlier menus."""
    return attempt(
        lambda: restore_menus(merchant_id(), number, actor_id=actor_id()),
        _("The earlier menus are shown again."),
        to=url_for("console.menus"),
    )
