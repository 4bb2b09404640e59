"""Importing a catalogue file: first what it would do, then doing it. Each product comes in whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy.exc import IntegrityError

from core.base import clock
from core.base.money import minor_digits
from core.base.outbox import emit
from core.base.transactions import end_read, transactional
from core.inventory.errors import StockPromised

from .apply import CATEGORIES_MAX, missing_shelves, sku_holders, write_plans
from .detect import CatalogFile, Format, open_catalog
from .drafts import ProductDraft, ReadOptions, RefusedProduct, RowProblem
from .plan import Kind, Plan, Silence, plan_product
from .reading import Reading, read_products
from .stored import load_by_handle

BATCH_PRODUCTS: Final = 200
BATCH_VARIANTS: Final = 2_000
SHOWN_PRODUCTS_MAX: Final = 500
SHOWN_PROBLEMS_MAX: Final = 1_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product of the file: what becomes of it, what changes, and where it stands."""

    handle: str
    title: str
    kind: Kind
    changes: tuple[str, ...]
    variants: int
    lines: tuple[int, int]


@dataclass(slots=True)
class ImportPreview:
    """What importing a file would do. The lists are cut at SHOWN_…_MAX; the numbers are not."""

    format: Format
    encoding: str
    delimiter: str
    rows_total: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    products: list[ProductLine] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    problems_total: int = 0
    notes: list[RowProblem] = field(default_factory=list)
    notes_total: int = 0
    new_categories: list[str] = field(default_factory=list)

    def _count(self, plan: Plan) -> None:
        changes = plan.changes
        if plan.kind == "created":
            self.created += 1
        elif plan.kind == "changed":
            self.changed += 1
            changes = (*changes, "stock") if plan.stock else changes
        else:
            self.unchanged += 1
        if plan.kind != "unchanged" and len(self.products) < SHOWN_PRODUCTS_MAX:
            draft = plan.draft
            line = ProductLine(draft.handle, draft.title, plan.kind, changes, len(draft.variants), draft.source_lines)
            self.products.append(line)
        self.notes_total += len(plan.draft.notes)
        self.notes += plan.draft.notes[: SHOWN_PROBLEMS_MAX - len(self.notes)]

    def _refuse(self, refused: RefusedProduct) -> None:
        self.refused += 1
        self.problems_total += len(refused.problems)
        self.problems += refused.problems[: SHOWN_PROBLEMS_MAX - len(self.problems)]


@dataclass(slots=True)
class ImportResult(ImportPreview):
    """What importing a file did."""


def preview_import(
    merchant_id: str, source: Path | str | BinaryIO, currency: str, progress: Progress | None = None
) -> ImportPreview:
    """Say what importing a file would do, without writing anything.

    `source` is a path or a seekable binary stream, `currency` the shop's, `progress` is told rows done and rows in all.
    Raises CatalogFileRefused when the file as a whole cannot be read. Reads in short transactions of its own.
    """
    file = open_catalog(source)
    reading = read_products(file, _options(currency))
    preview = ImportPreview(file.format, file.encoding, file.delimiter, reading.rows_total)
    shelves: dict[str, None] = {}
    for drafts in _batches(reading, preview):
        plans, refused, new = _planned(merchant_id, file, drafts)
        end_read()
        shelves.update(dict.fromkeys(new))
        _report(preview, plans, refused)
        if progress:
            progress(reading.rows_done, reading.rows_total)
    preview.new_categories = list(shelves)[:SHOWN_PRODUCTS_MAX]
    _in_order(preview)
    return preview


def apply_import(
    merchant_id: str, source: Path | str | BinaryIO, currency: str, progress: Progress | None = None
) -> ImportResult:
    """Import a file: products are created or changed by their handle, the rest of the shop stays as it is.

    Batches of products are one transaction each, so a stop in between leaves whole products; importing the file again
    goes on where it stopped, and a file imported twice changes nothing. Prices in minor units of `currency`. Raises
    CatalogFileRefused as preview_import does; problems of single products are in the result.
    """
    file = open_catalog(source)
    reading = read_products(file, _options(currency))
    result = ImportResult(file.format, file.encoding, file.delimiter, reading.rows_total)
    shelves: dict[str, None] = {}
    for drafts in _batches(reading, result):
        for plans, refused, new in _written(merchant_id, file, drafts):
            shelves.update(dict.fromkeys(new))
            _report(result, plans, refused)
        if progress:
            progress(reading.rows_done, reading.rows_total)
    result.new_categories = list(shelves)[:SHOWN_PRODUCTS_MAX]
    _in_order(result)
    _tell(merchant_id, result)
    return result


def _options(currency: str) -> ReadOptions:
    return ReadOptions(decimals=minor_digits(currency), today=clock.now().date())


def _batches(reading: Reading, report: ImportPreview) -> Iterator[list[ProductDraft]]:
    """The file's products in bounded batches; those that cannot be read are reported at once."""
    batch: list[ProductDraft] = []
    variants = 0
    for product in reading:
        if isinstance(product, RefusedProduct):
            report._refuse(product)
            continue
        batch.append(product)
        variants += len(product.variants)
        if len(batch) >= BATCH_PRODUCTS or variants >= BATCH_VARIANTS:
            yield batch
            batch, variants = [], 0
    yield batch  # also when empty: progress reaches the end


def _report(report: ImportPreview, plans: Sequence[Plan], refused: Sequence[RefusedProduct]) -> None:
    for plan in plans:
        report._count(plan)
    for product in refused:
        report._refuse(product)


def _in_order(report: ImportPreview) -> None:
    report.problems.sort(key=lambda problem: problem.line)
    report.notes.sort(key=lambda note: note.line)


_Outcome = tuple[list[Plan], list[RefusedProduct], list[str]]


def _written(merchant_id: str, file: CatalogFile, drafts: list[ProductDraft]) -> Iterator[_Outcome]:
    """Write a batch; if somebody else's change at the same moment forbids it, product by product."""
    if not drafts:
        return
    try:
        yield _write(merchant_id, file, drafts)
    except (IntegrityError, StockPromised):
        for draft in drafts:
            try:
                yield _write(merchant_id, file, [draft])
            except (IntegrityError, StockPromised):
                yield [], [_refused(draft, RowProblem(draft.source_lines[0], "", "changed_meanwhile"))], []


@transactional
def _write(merchant_id: str, file: CatalogFile, drafts: list[ProductDraft]) -> _Outcome:
    plans, refused, new = _planned(merchant_id, file, drafts, lock=True)
    write_plans(merchant_id, plans)
    return plans, refused, new


@transactional
def _tell(merchant_id: str, result: ImportResult) -> None:
    payload = {"created": result.created, "changed": result.changed, "refused": result.refused}
    if result.created or result.changed:
        emit("catalog.imported", payload, merchant_id=merchant_id)


def _planned(merchant_id: str, file: CatalogFile, drafts: Sequence[ProductDraft], *, lock: bool = False) -> _Outcome:
    """Compare drafts with the shop; refuse those that the shop's other products forbid."""
    if not drafts:
        return [], [], []
    stored = load_by_handle(merchant_id, [draft.handle for draft in drafts], lock=lock)
    silence = Silence.of(file)
    plans = [plan_product(draft, stored.get(draft.handle), silence) for draft in drafts]
    plans, refused = _without_taken_skus(merchant_id, file, plans)
    known, new = missing_shelves(merchant_id, plans)
    if len(known) + len(new) > CATEGORIES_MAX:
        too_many = [plan for plan in plans if plan.kind != "unchanged" and plan.draft.category_paths]
        column = _header(file, "categories", "type")
        for plan in too_many:
            line = plan.draft.source_lines[0]
            refused.append(
                _refused(plan.draft, RowProblem(line, column, "too_many_categories", {"limit": CATEGORIES_MAX}))
            )
        plans, new = [plan for plan in plans if plan not in too_many], []
    return plans, refused, new


def _without_taken_skus(
    merchant_id: str, file: CatalogFile, plans: list[Plan]
) -> tuple[list[Plan], list[RefusedProduct]]:
    """Refuse plans that need a SKU of another product, unless that one gives it up in the same batch."""
    skus = {variant.sku for plan in plans for variant in plan.draft.variants if variant.sku}
    holders = {row.sku: row for row in sku_holders(merchant_id, list(skus)) if row.active}
    refused: list[RefusedProduct] = []
    while True:
        # a SKU stands once in a file, so a product that is written here keeps none that the file gives to another
        rewritten = {plan.stored.id for plan in plans if plan.stored}
        taken = {sku: row for sku, row in holders.items() if row.product_id not in rewritten}
        again = [plan for plan in plans if any(variant.sku in taken for variant in plan.draft.variants)]
        if not again:
            return plans, refused
        for plan in again:
            problems = [
                RowProblem(variant.line, _header(file, "sku"), "sku_taken", {"sku": variant.sku, "product": row.name})
                for variant in plan.draft.variants
                if (row := taken.get(variant.sku)) is not None
            ]
            refused.append(_refused(plan.draft, *problems))
        plans = [plan for plan in plans if plan not in again]


def _refused(draft: ProductDraft, *problems: RowProblem) -> RefusedProduct:
    return RefusedProduct(draft.handle, draft.title, draft.source_lines, problems)


def _header(file: CatalogFile, *names: str) -> str:
    return next((file.headers[file.columns[name]] for name in names if name in file.columns), "")
