"""Categories: the tree, with making, renaming, moving, merging and taking away."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.catalog import queries, service
from core.catalog.categories import PATH_SEPARATOR
from core.catalog.shapes import CategoryView
from core.web.console.forms import Form
from core.web.console.page import Errors, attempt, blueprint, merchant_id, posted, show, words_of
from core.web.member import flash_member, require_member


@blueprint.get("/categories")
@require_member("catalog.view")
def categories() -> Response:
    """All categories."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", editing: str = "") -> Response:
    return show(
        "categories",
        status=status,
        categories=queries.flatten(queries.categories_tree(merchant_id(), published_only=False)),
        errors=errors or {},
        message=message,
        other_places=_other_places,
        editing=editing or request.args.get("edit", ""),
        values=request.form,
    )


def _other_places(categories: Iterable[CategoryView], chosen: CategoryView | None) -> list[tuple[str, str]]:
    """Where a category could stand or go: everywhere but itself and what is below it."""
    inside = "" if chosen is None else chosen.path + PATH_SEPARATOR
    return [
        (node.id, node.path)
        for node in categories
        if chosen is None or (node.id != chosen.id and not node.path.startswith(inside))
    ]


@blueprint.post("/categories")
@require_member("catalog.edit")
def create_category() -> WerkzeugResponse:
    """A new category."""
    try:
        service.create_category(merchant_id(), name=posted("name", 200), parent_id=posted("parent_id", 40) or None)
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The category is there now."))
    return redirect(url_for("console.categories"), 303)


@blueprint.post("/categories/<category_id>")
@require_member("catalog.edit")
def update_category(category_id: str) -> WerkzeugResponse:
    """Rename or move a category."""
    form = Form(request.form)
    position = form.whole("position") or 0
    try:
        form.check()
        service.update_category(
            merchant_id(),
            category_id,
            name=posted("name", 200),
            parent_id=posted("parent_id", 40) or None,
            position=position,
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), editing=category_id)
    flash_member(_("Saved."))
    return redirect(url_for("console.categories"), 303)


@blueprint.post("/categories/<category_id>/merge")
@require_member("catalog.edit")
def merge_category(category_id: str) -> WerkzeugResponse:
    """Put everything of a category into another one."""
    target = posted("target_id", 40)
    return attempt(
        lambda: service.merge_categories(merchant_id(), category_id, target),
        _("The two categories are one now."),
        to=url_for("console.categories"),
    )


@blueprint.post("/categories/<category_id>/delete")
@require_member("catalog.edit")
def delete_category(category_id: str) -> WerkzeugResponse:
    """Take a category away; its products stay."""
    return attempt(
        lambda: service.delete_category(merchant_id(), category_id),
        _("The category is gone; its products are still in the shop."),
        to=url_for("console.categories"),
    )
