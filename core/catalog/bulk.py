"""Changing many products at once: looked at first, done in bounded batches, taken back for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import Select, func, insert, literal, null, select, update

from core.audit.service import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.tasks import TaskContext, enqueue_task, task
from core.base.transactions import transactional
from core.catalog.bulk_changes import ACTIONS, Change, Found, after, found_products, restore, write
from core.catalog.lists import narrow
from core.catalog.models import BulkEdit, BulkEditRow, Category, Product
from core.catalog.shapes import StockFilter
from core.catalog.upkeep import refresh_products, touch_products
from core.parties.roles import require_permission
from core.shops.models import Merchant
from core.taxes.models import TaxCategory

KIND: Final = "catalog.bulk"
UNDO_KIND: Final = "catalog.bulk-undo"
BATCH: Final = 100
AT_ONCE_MAX: Final = 200
"""So many products are changed while the person waits; more are changed by the worker."""
PRODUCTS_MAX: Final = 100_000
UNDO_FOR: Final = timedelta(days=1)
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Selection:
    """Which products: those named, or all that a filter shows."""

    ids: tuple[str, ...] = ()
    everything_in: StockFilter | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One product of a preview: what it is and what it would be."""

    product_id: str
    name: str
    image_url: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    total: int
    lines: tuple[Line, ...]


def check_change(merchant_id: str, change: Change) -> None:
    """Refuse a change that cannot be done. Raises Invalid with the field at fault."""
    fields: dict[str, object] = {}
    if change.action not in ACTIONS:
        fields["action"] = _("Choose what to change.")
    if change.action in ("tag_add", "tag_remove") and not 0 < len(change.text.strip()) <= 255:
        fields["text"] = _("Write a tag.")
    if change.action == "vendor" and len(change.text) > 120:
        fields["text"] = _("At most %(limit)d characters.", limit=120)
    if change.action in ("category_add", "category_remove"):
        known = select(Category.id).where(Category.merchant_id == merchant_id, Category.id == change.category_id)
        if db.session.scalar(known) is None:
            fields["category_id"] = _("Choose a category.")
    taxed_as = change.category_id if change.action == "tax_category" else ""
    if taxed_as and db.session.get(TaxCategory, (merchant_id, taxed_as)) is None:
        fields["tax_category"] = _("There is no such tax category any more.")
    if change.action == "price":
        low = change.price is None or (change.price.mode == "percent" and change.price.rate_ppm < -1_000_000)
        if low or (change.price is not None and change.price.mode == "set" and change.price.amount_minor < 0):
            fields["amount"] = _("A price cannot go below zero.")
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)


def _wanted(merchant_id: str, selection: Selection) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(Product.id).where(Product.merchant_id == merchant_id)
    if selection.everything_in is not None:
        return narrow(merchant_id, query, selection.everything_in)
    return query.where(Product.id.in_(selection.ids[:AT_ONCE_MAX]))


def count_selected(merchant_id: str, selection: Selection) -> int:
    """How many products a selection has now."""
    return db.session.execute(select(func.count()).select_from(_wanted(merchant_id, selection).subquery())).scalar_one()


def preview_bulk(merchant_id: str, selection: Selection, change: Change, currency: str) -> Preview:
    """What a change would do, product by product for the first of them. Writes nothing. Raises Invalid."""
    check_change(merchant_id, change)
    ids = list(
        db.session.scalars(
            _wanted(merchant_id, selection).order_by(Product.created_at.desc(), Product.id.desc()).limit(SHOWN)
        )
    )
    shown = found_products(merchant_id, ids, change)
    lines = []
    for product_id in ids:
        if (found := shown.get(product_id)) is not None:
            before_text, after_text = found.texts(after(found, change, currency), change, currency)
            lines.append(Line(found.id, found.name, found.image_url, before_text, after_text))
    return Preview(count_selected(merchant_id, selection), tuple(lines))


@transactional
def start_bulk(merchant_id: str, selection: Selection, change: Change, *, actor_id: str) -> str:
    """Begin a change of many products; gives the id to watch it by. Which products is settled now, for good.

    A few are changed by `finish_bulk` at once; more by the worker. Raises Invalid, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, "stock.edit" if change.is_stock else "catalog.edit")
    check_change(merchant_id, change)
    total = count_selected(merchant_id, selection)
    if not total:
        raise Invalid(_("Choose products first."))
    if total > PRODUCTS_MAX:
        raise Invalid(_("At most %(limit)d products at a time. Narrow the list.", limit=PRODUCTS_MAX))
    edit_id = new_id("blk")
    task_id = None
    if total > AT_ONCE_MAX:
        task_id = enqueue_task(KIND, {"edit_id": edit_id}, merchant_id=merchant_id, created_by=actor_id)
    db.session.execute(
        insert(BulkEdit).values(
            merchant_id=merchant_id,
            id=edit_id,
            change=asdict(change),
            state="waiting",
            total=total,
            task_id=task_id,
            created_by=actor_id,
            created_at=clock.now(),
        )
    )
    names = ["merchant_id", "edit_id", "product_id", "state", "before", "version", "note"]
    chosen = _wanted(merchant_id, selection).with_only_columns(
        Product.merchant_id, literal(edit_id), Product.id, literal("waiting"), null(), literal(0), literal("")
    )
    db.session.execute(insert(BulkEditRow).from_select(names, chosen))
    record(
        "products.bulk_edited",
        actor_id=actor_id,
        subject=f"bulk:{edit_id}",
        merchant_id=merchant_id,
        details={"action": change.action, "products": total},
    )
    return edit_id


def finish_bulk(merchant_id: str, edit_id: str, context: TaskContext | None = None) -> None:
    """Change all products of an edit that still wait, batch by batch, each batch one transaction."""
    done = 0
    while worked := _batch(merchant_id, edit_id):
        done += worked
        if context is not None:
            total = edit_of(merchant_id, edit_id).total
            context.progress(min(done, total), total + 1)
    _close(merchant_id, edit_id, "done")


@task(KIND)
def bulk_task(context: TaskContext) -> dict[str, Any]:
    """Change many products; begun again it goes on where it stopped."""
    assert context.merchant_id is not None
    finish_bulk(context.merchant_id, str(context.params["edit_id"]), context)
    return {}


@task(UNDO_KIND)
def undo_task(context: TaskContext) -> dict[str, Any]:
    """Take a change of many products back; begun again it goes on where it stopped."""
    assert context.merchant_id is not None
    finish_undo(context.merchant_id, str(context.params["edit_id"]), context)
    return {}


def _locked(merchant_id: str, edit_id: str, state: str) -> list[BulkEditRow]:
    return list(
        db.session.scalars(
            select(BulkEditRow)
            .where(BulkEditRow.merchant_id == merchant_id, BulkEditRow.edit_id == edit_id, BulkEditRow.state == state)
            .order_by(BulkEditRow.product_id)
            .limit(BATCH)
            .with_for_update()
        )
    )


def _currency(merchant_id: str) -> str:
    return db.session.execute(select(Merchant.currency).where(Merchant.id == merchant_id)).scalar_one()


@transactional
def _batch(merchant_id: str, edit_id: str) -> int:
    edit = edit_of(merchant_id, edit_id)
    change, actor_id, currency = Change.of(edit.change), edit.created_by, _currency(merchant_id)
    rows = _locked(merchant_id, edit_id, "waiting")
    products = found_products(merchant_id, [row.product_id for row in rows], change, lock=True)
    changed: list[str] = []
    for row in rows:
        found = products.get(row.product_id)
        wanted = None if found is None else after(found, change, currency)
        if found is None or wanted is None or wanted == found.values:
            row.state = "unchanged"
            continue
        try:
            write(merchant_id, found, wanted, change, edit_id=edit_id, actor_id=actor_id)
        except (Refused, Invalid) as refusal:
            row.state, row.note = "refused", str(refusal)[:300]
            continue
        row.state, row.before, row.version = "changed", dict(found.values), found.version + 1
        changed.append(found.id)
    db.session.flush()
    if changed:
        refresh_products(merchant_id, changed)
        touch_products(merchant_id, changed)
    return len(rows)


@transactional
def _close(merchant_id: str, edit_id: str, state: str) -> None:
    db.session.execute(
        update(BulkEdit).where(BulkEdit.merchant_id == merchant_id, BulkEdit.id == edit_id).values(state=state)
    )


@transactional
def start_undo(merchant_id: str, edit_id: str, *, actor_id: str) -> bool:
    """Begin to take a change back; gives whether the worker does it (or `finish_undo` should, at once).

    Raises NotFound, Refused (too late, or not done yet), RoleNotEnough.
    """
    edit = edit_of(merchant_id, edit_id)
    change = Change.of(edit.change)
    require_permission(actor_id, merchant_id, "stock.edit" if change.is_stock else "catalog.edit")
    if edit.state != "done":
        raise Refused(_("This change is not finished, or has been taken back already."))
    if edit.created_at + UNDO_FOR < clock.now():
        raise Refused(_("It is too late to take this change back."))
    later = edit.total > AT_ONCE_MAX
    edit.state = "undoing"
    if later:
        edit.task_id = enqueue_task(UNDO_KIND, {"edit_id": edit_id}, merchant_id=merchant_id, created_by=actor_id)
    record("products.bulk_undone", actor_id=actor_id, subject=f"bulk:{edit_id}", merchant_id=merchant_id)
    return later


def finish_undo(merchant_id: str, edit_id: str, context: TaskContext | None = None) -> None:
    """Give all products of an edit back what they were, unless they have been changed since."""
    done = 0
    while worked := _undo_batch(merchant_id, edit_id):
        done += worked
        if context is not None:
            total = edit_of(merchant_id, edit_id).total
            context.progress(min(done, total), total + 1)
    _close(merchant_id, edit_id, "undone")


@transactional
def _undo_batch(merchant_id: str, edit_id: str) -> int:
    edit = edit_of(merchant_id, edit_id)
    change, actor_id = Change.of(edit.change), edit.created_by
    rows = _locked(merchant_id, edit_id, "changed")
    products = found_products(merchant_id, [row.product_id for row in rows], change, lock=True)
    back: list[str] = []
    for row in rows:
        found: Found | None = products.get(row.product_id)
        if found is None or found.version != row.version:
            row.state = "kept"
            continue
        try:
            restore(merchant_id, found, cast(Mapping[str, Any], row.before), change, edit_id=edit_id, actor_id=actor_id)
        except (Refused, Invalid) as refusal:
            row.state, row.note = "kept", str(refusal)[:300]
            continue
        row.state = "undone"
        back.append(found.id)
    db.session.flush()
    if back:
        refresh_products(merchant_id, back)
        touch_products(merchant_id, back)
    return len(rows)


def edit_of(merchant_id: str, edit_id: str) -> BulkEdit:
    """A change of many products. Raises NotFound."""
    found = db.session.get(BulkEdit, (merchant_id, edit_id))
    if found is None:
        raise NotFound(_("There is no such change."))
    return found


def row_counts(merchant_id: str, edit_id: str) -> dict[str, int]:
    """How many products of a change are in which state."""
    rows = db.session.execute(
        select(BulkEditRow.state, func.count())
        .where(BulkEditRow.merchant_id == merchant_id, BulkEditRow.edit_id == edit_id)
        .group_by(BulkEditRow.state)
    )
    return {row[0]: row[1] for row in rows}


def refused_rows(merchant_id: str, edit_id: str, limit: int = 100) -> Sequence[tuple[str, str, str]]:
    """Products that a change could not be done to, or not taken back from: id, name, why."""
    rows = db.session.execute(
        select(Product.id, Product.name, BulkEditRow.note)
        .join(
            BulkEditRow,
            (BulkEditRow.merchant_id == Product.merchant_id) & (BulkEditRow.product_id == Product.id),
        )
        .where(
            BulkEditRow.merchant_id == merchant_id,
            BulkEditRow.edit_id == edit_id,
            BulkEditRow.state.in_(["refused", "kept"]),
        )
        .order_by(Product.name, Product.id)
        .limit(limit)
    )
    return [(product_id, name, note) for product_id, name, note in rows]


def may_undo(edit: BulkEdit) -> bool:
    """Whether a change can still be taken back."""
    return edit.state == "done" and edit.created_at + UNDO_FOR > clock.now()


def recent_edits(merchant_id: str, limit: int = 10) -> list[BulkEdit]:
    """The newest changes of many products; one statement."""
    return list(
        db.session.scalars(
            select(BulkEdit)
            .where(BulkEdit.merchant_id == merchant_id)
            .order_by(BulkEdit.created_at.desc(), BulkEdit.id.desc())
            .limit(limit)
        )
    )
