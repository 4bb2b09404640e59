"""Shelves: made, renamed, moved, merged and taken away. A shelf's `path` names it with its parents."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, insert, select, update

from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_code, new_id
from core.base.transactions import transactional
from core.catalog.errors import CategoryNotFound, PathTaken
from core.catalog.models import Category, ProductCategory
from core.catalog.texts import slug_of
from core.catalog.upkeep import touch_products, touch_shop

PATH_SEPARATOR: Final = " > "
DEPTH_MAX: Final = 8
NAME_CHARS_MAX: Final = 120
PATH_CHARS_MAX: Final = 400
CATEGORIES_MAX: Final = 2_000


@transactional
def create_category(merchant_id: str, *, name: str, parent_id: str | None = None, position: int = 0) -> str:
    """Add a shelf, below another or at the top; gives back its id. Raises Invalid, CategoryNotFound, PathTaken."""
    shelves = _shelves(merchant_id)
    if len(shelves) >= CATEGORIES_MAX:
        raise Invalid(_("A shop has at most %(limit)d categories.", limit=CATEGORIES_MAX))
    name = _checked_name(name)
    path = _path(shelves, name, parent_id)
    _refuse_taken(shelves, path, None)
    category_id = new_id("cat")
    db.session.execute(
        insert(Category).values(
            merchant_id=merchant_id,
            id=category_id,
            parent_id=parent_id,
            name=name,
            slug=_free_slug(shelves, name, None),
            path=path,
            position=position,
        )
    )
    touch_shop(merchant_id)
    return category_id


@transactional
def update_category(merchant_id: str, category_id: str, *, name: str, parent_id: str | None, position: int = 0) -> None:
    """Rename or move a shelf with everything below it. Its address stays, so that links keep working.

    Raises Invalid (below itself), CategoryNotFound, PathTaken.
    """
    shelves = _shelves(merchant_id)
    shelf = _require(shelves, category_id)
    if parent_id is not None and category_id in _line_up(shelves, parent_id):
        raise Invalid(_("A category cannot stand below itself."), fields={"parent_id": _("Choose another place.")})
    name = _checked_name(name)
    path = _path(shelves, name, parent_id)
    _refuse_taken(shelves, path, category_id)
    shelf.name, shelf.parent_id, shelf.position = name, parent_id, position
    _rename_below(shelves, category_id, path)
    touch_shop(merchant_id)


@transactional
def delete_category(merchant_id: str, category_id: str) -> None:
    """Take a shelf away: its products stay in the shop, the shelves below move up.

    Raises CategoryNotFound, PathTaken.
    """
    shelves = _shelves(merchant_id)
    shelf = _require(shelves, category_id)
    _move_children(shelves, category_id, shelf.parent_id)
    _touch_standing(merchant_id, category_id)
    _remove(merchant_id, category_id)


@transactional
def merge_categories(merchant_id: str, source_id: str, target_id: str) -> None:
    """Put everything of one shelf onto another and take the first away.

    Raises Invalid (the target is the source or below it), CategoryNotFound, PathTaken (both have a child of one name).
    """
    shelves = _shelves(merchant_id)
    _require(shelves, source_id)
    _require(shelves, target_id)
    if source_id in _line_up(shelves, target_id):
        raise Invalid(
            _("A category cannot be merged into itself or into one below it."),
            fields={"target_id": _("Choose another category.")},
        )
    _move_children(shelves, source_id, target_id)
    _touch_standing(merchant_id, source_id)
    there = select(ProductCategory.product_id).where(
        ProductCategory.merchant_id == merchant_id, ProductCategory.category_id == target_id
    )
    db.session.execute(
        update(ProductCategory)
        .where(
            ProductCategory.merchant_id == merchant_id,
            ProductCategory.category_id == source_id,
            ProductCategory.product_id.not_in(there),
        )
        .values(category_id=target_id)
        .execution_options(synchronize_session=False)
    )
    _remove(merchant_id, source_id)


def _shelves(merchant_id: str) -> dict[str, Category]:
    rows = db.session.scalars(select(Category).where(Category.merchant_id == merchant_id).with_for_update())
    return {row.id: row for row in rows}


def _require(shelves: dict[str, Category], category_id: str) -> Category:
    shelf = shelves.get(category_id)
    if shelf is None:
        raise CategoryNotFound(_("This category does not exist."))
    return shelf


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.replace(">", " ").split())
    if not cleaned or len(cleaned) > NAME_CHARS_MAX:
        message = _("Give the category a name of at most %(limit)d characters.", limit=NAME_CHARS_MAX)
        raise Invalid(message, fields={"name": message})
    return cleaned


def _line_up(shelves: dict[str, Category], category_id: str | None) -> list[str]:
    """A shelf and all those above it."""
    line: list[str] = []
    while category_id is not None and len(line) <= len(shelves):
        line.append(category_id)
        category_id = _require(shelves, category_id).parent_id
    return line


def _path(shelves: dict[str, Category], name: str, parent_id: str | None) -> str:
    path = name if parent_id is None else _require(shelves, parent_id).path + PATH_SEPARATOR + name
    if len(path) > PATH_CHARS_MAX or path.count(PATH_SEPARATOR) >= DEPTH_MAX:
        raise Invalid(_("This category would stand too deep."), fields={"parent_id": _("Choose another place.")})
    return path


def _refuse_taken(shelves: dict[str, Category], path: str, category_id: str | None) -> None:
    if any(shelf.path == path and shelf.id != category_id for shelf in shelves.values()):
        message = _("There is a category “%(path)s” already.", path=path)
        raise PathTaken(message, fields={"name": message})


def _free_slug(shelves: dict[str, Category], name: str, category_id: str | None) -> str:
    taken = {shelf.slug for shelf in shelves.values() if shelf.id != category_id}
    wanted = slug_of(name)[:100]
    candidates = [wanted, *(f"{wanted}-{number}" for number in range(2, 30))] if wanted else []
    return next((slug for slug in candidates if slug not in taken), f"c-{new_code(8).lower()}")


def _rename_below(shelves: dict[str, Category], category_id: str, path: str) -> None:
    """Give a shelf its path and all those below it theirs."""
    waiting = [(category_id, path)]
    while waiting:
        current_id, current_path = waiting.pop()
        if len(current_path) > PATH_CHARS_MAX or current_path.count(PATH_SEPARATOR) >= DEPTH_MAX:
            raise Invalid(_("A category below this one would stand too deep."))
        shelves[current_id].path = current_path
        waiting.extend(
            (shelf.id, current_path + PATH_SEPARATOR + shelf.name)
            for shelf in shelves.values()
            if shelf.parent_id == current_id
        )


def _move_children(shelves: dict[str, Category], category_id: str, parent_id: str | None) -> None:
    for child in [shelf for shelf in shelves.values() if shelf.parent_id == category_id]:
        path = _path(shelves, child.name, parent_id)
        _refuse_taken(shelves, path, child.id)
        child.parent_id = parent_id
        _rename_below(shelves, child.id, path)
    db.session.flush()


def _touch_standing(merchant_id: str, category_id: str) -> None:
    standing = db.session.scalars(
        select(ProductCategory.product_id).where(
            ProductCategory.merchant_id == merchant_id, ProductCategory.category_id == category_id
        )
    )
    touch_products(merchant_id, list(standing))


def _remove(merchant_id: str, category_id: str) -> None:
    db.session.execute(
        delete(ProductCategory).where(
            ProductCategory.merchant_id == merchant_id, ProductCategory.category_id == category_id
        )
    )
    db.session.execute(delete(Category).where(Category.merchant_id == merchant_id, Category.id == category_id))
