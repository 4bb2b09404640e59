"""WooCommerce's product CSV: simple products in one row, variable products in a row and one for each variation.

Variations name their parent by `id:12` or by its SKU and may stand anywhere, even before it. The file is read twice:
first to learn who belongs to whom, then holding only those products whose rows are not all there yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from . import cells, woo_cells
from .assembly import SkuIndex, checked_variants, compare_at, gallery
from .columns import weight_unit_of
from .descriptions import has_pictures, safe_description
from .detect import CatalogFile
from .drafts import (
    BARCODE_CHARS_MAX,
    OPTION_CHARS_MAX,
    OPTIONS_MAX,
    SEO_DESCRIPTION_CHARS_MAX,
    SEO_TITLE_CHARS_MAX,
    SKU_CHARS_MAX,
    TITLE_CHARS_MAX,
    ProductDraft,
    ReadOptions,
    RefusedProduct,
    RowProblem,
    VariantDraft,
)
from .handles import made_handle, plain_handle, read_handle
from .rows import Row

_ATTRIBUTE = re.compile(r"attribute(\d+)_name")


@dataclass(slots=True)
class _Family:
    """A product whose rows are being collected."""

    parent: Row | None = None
    variations: list[Row] = field(default_factory=list)


class WooCommerceReading:
    """One reading of a WooCommerce file. Making it scans the file once; iterating it gives the products."""

    def __init__(self, file: CatalogFile, options: ReadOptions) -> None:
        self._file = file
        self._options = options
        self._skus = SkuIndex()
        self._ids = SkuIndex()
        self._by_sku: dict[str, int] = {}
        self._handles: dict[int, str] = {}
        self._handle_line: dict[str, int] = {}
        self._expected: dict[int, int] = {}
        self._unplaced_variation = 0
        self._attributes = sorted(int(found[1]) for name in file.columns if (found := _ATTRIBUTE.fullmatch(name)))
        self.rows_total = 0
        self.rows_done = 0
        self._unit = Decimal(1)
        self._unit_refusal: cells.CellRefused | None = None
        if "weight" in file.columns:
            try:
                self._unit = cells.weight_unit(weight_unit_of(file.headers[file.columns["weight"]]))
            except cells.CellRefused as refusal:
                self._unit_refusal = refusal
        self._scan()

    def _scan(self) -> None:
        wanted: dict[str, int] = {}
        for row in self._file.rows():
            self.rows_total += 1
            sku = row.take("sku", cells.text_of(SKU_CHARS_MAX), "")
            kinds = woo_cells.kinds_of(row)
            if "variation" in kinds or (row.broken and not kinds):
                if row.broken:
                    self._unplaced_variation = self._unplaced_variation or row.line
                    continue
                reference = woo_cells.parent_reference(row)
                wanted[reference] = wanted.get(reference, 0) + 1
            else:
                if number := row.raw("id").strip():
                    self._ids.add(number, row.line)
                if sku:
                    self._by_sku.setdefault(sku, row.line)
                self._name(row, sku)
            if not row.broken:
                self._skus.add(sku, row.line)
        for reference, number_of_rows in wanted.items():
            if (line := self._parent_line(reference)) is not None:
                self._expected[line] = self._expected.get(line, 0) + number_of_rows

    def _name(self, row: Row, sku: str) -> None:
        """Give a product its handle; of several with one name the later ones are told apart by SKU or ID."""
        number = row.raw("id").strip()
        given = plain_handle(row.raw("handle"))
        handle = given or made_handle(row.raw("name"), sku, f"product-{number}" if number else "")
        if not given and handle in self._handle_line and (more := made_handle(sku, number)):
            handle = made_handle(f"{handle[:60]}-{more}")
        self._handles[row.line] = handle
        self._handle_line.setdefault(handle, row.line)

    def _parent_line(self, reference: str) -> int | None:
        if reference.lower().startswith("id:"):
            return self._ids.first.get(reference[3:].strip())
        return self._by_sku.get(reference, self._ids.first.get(reference))

    def __iter__(self) -> Iterator[ProductDraft | RefusedProduct]:
        waiting: dict[int, _Family] = {}
        for row in self._file.rows():
            self.rows_done += 1
            kinds = woo_cells.kinds_of(row)
            if row.broken and ("variation" in kinds or not kinds):
                yield RefusedProduct("", "", (row.line, row.last_line), tuple(row.problems))
                continue
            if "variation" in kinds:
                reference = woo_cells.parent_reference(row)
                line = self._parent_line(reference)
                if line is None:
                    code = "parent_missing" if reference else "parent_unnamed"
                    problems = (*row.problems, row.problem("parent", code, parent=cells.shown(reference)))
                    yield RefusedProduct("", row.raw("name").strip(), (row.line, row.last_line), problems)
                    continue
                family = waiting.setdefault(line, _Family())
                family.variations.append(row)
            else:
                line = row.line
                family = waiting.setdefault(line, _Family())
                family.parent = row
            if family.parent is not None and len(family.variations) == self._expected.get(line, 0):
                del waiting[line]
                yield self._product(family.parent, family.variations, kinds=woo_cells.kinds_of(family.parent))

    def _product(self, parent: Row, variations: list[Row], kinds: set[str]) -> ProductDraft | RefusedProduct:
        notes: list[RowProblem] = []
        title = parent.take("name", cells.text_of(TITLE_CHARS_MAX), "")
        handle = self._checked_handle(parent)
        self._check_parent(parent, variations, kinds)
        live = []
        for row in variations:
            if row.raw("published").strip() == "0":
                notes.append(row.problem("published", "variation_disabled"))
            else:
                live.append(row)
        options = self._options_of(parent, live, notes)
        if variations:
            variants = [self._variant(row, parent, options, notes) for row in live]
            if not live:
                parent.refuse("type", "variations_missing")
            else:
                checked_variants(live, variants, self._skus, bool(options))
        else:
            variants = [self._variant(parent, None, (), notes)] if kinds & {"simple", "virtual", "downloadable"} else []
            checked_variants([parent][: len(variants)], variants, self._skus, False)
        if has_pictures(parent.raw("description") + parent.raw("short_description")):
            notes.append(parent.problem("description", "description_images"))
        rows = [parent, *variations]
        draft = ProductDraft(
            handle=handle,
            title=title,
            variants=tuple(variants),
            description_html=self._description(parent),
            vendor=parent.take("vendor", woo_cells.first_of_list, ""),
            category_paths=parent.take("categories", woo_cells.categories, ()),
            tags=parent.take("tags", lambda cell: cells.tags_of(woo_cells.listed(cell)), ()),
            published=woo_cells.published(parent, notes),
            options=options,
            images=gallery(woo_cells.images(parent), variants, parent),
            seo_title=parent.take("seo_title", cells.text_of(SEO_TITLE_CHARS_MAX), ""),
            seo_description=parent.take("seo_description", cells.text_of(SEO_DESCRIPTION_CHARS_MAX), ""),
            source_lines=(min(row.line for row in rows), max(row.last_line for row in rows)),
            notes=tuple(notes),
        )
        if problems := tuple(problem for row in rows for problem in row.problems):
            return RefusedProduct(handle, title, draft.source_lines, problems)
        return draft

    def _checked_handle(self, parent: Row) -> str:
        handle = self._handles[parent.line]
        first = self._handle_line.get(handle, parent.line)
        if first != parent.line:
            parent.refuse("handle" if parent.has("handle") else "name", "handle_twice", handle=handle, other=first)
        if parent.has("handle"):
            return parent.take("handle", read_handle, handle)
        if not handle:
            parent.refuse("name", "handle_missing")
        return handle

    def _check_parent(self, parent: Row, variations: list[Row], kinds: set[str]) -> None:
        if not parent.has("name"):
            parent.refuse("name", "value_missing")
        unsupported = kinds - {"simple", "variable", "virtual", "downloadable"}
        if not kinds:
            parent.refuse("type", "value_missing")
        elif unsupported:
            parent.refuse("type", "type_unsupported", value=cells.shown(", ".join(sorted(unsupported))))
        elif "variable" in kinds and not variations and not self._unplaced_variation:
            parent.refuse("type", "variations_missing")
        if "variable" in kinds and self._unplaced_variation:
            parent.refuse("", "variation_unreadable", line=self._unplaced_variation)
        number = parent.raw("id").strip()
        if (other := self._ids.other_line(number, parent.line)) is not None:
            parent.refuse("id", "id_twice", id=number, other=other)
        if variations and (other := self._skus.other_line(parent.raw("sku").strip(), parent.line)) is not None:
            parent.refuse("sku", "sku_twice", sku=parent.raw("sku").strip(), other=other)

    def _variant(self, row: Row, parent: Row | None, options: tuple[str, ...], notes: list[RowProblem]) -> VariantDraft:
        decimals = self._options.decimals
        regular = row.take("regular_price", lambda cell: woo_cells.price_if_any(cell, decimals), None)
        sale = row.take("sale_price", lambda cell: woo_cells.price_if_any(cell, decimals), None)
        if sale is not None and not self._sale_applies(row):
            notes.append(row.problem("sale_price", "sale_not_now"))
            sale = None
        if regular is None and sale is None and not row.has("regular_price"):
            row.refuse("regular_price", "price_missing")
        amount = sale if sale is not None else (regular or 0)
        if regular is not None and sale is not None and sale > regular:
            amount = regular
            notes.append(row.problem("sale_price", "compare_at_ignored"))
        given = self._attribute_values(row)
        values = []
        for name in options:
            value = given.get(name.casefold(), "")
            if not value:
                row.refuse("attribute1_value", "variation_any", name=name)
            values.append(value)
        stock, counted = woo_cells.stock(row, notes)
        images: list[str] = row.take("images", woo_cells.addresses, []) if parent is not None else []
        weighed = row if row.has("weight") or parent is None else parent
        return VariantDraft(
            price_minor=amount,
            sku=row.take("sku", cells.text_of(SKU_CHARS_MAX), ""),
            barcode=row.take(
                "barcode", lambda cell: cells.one_line(cells.unguarded(cell).lstrip("'"), BARCODE_CHARS_MAX), ""
            ),
            option_values=tuple(values),
            compare_at_minor=compare_at(row, "regular_price", amount, regular, notes),
            cost_minor=row.take("cost", lambda cell: woo_cells.price_if_any(cell, decimals), None),
            weight_grams=weighed.take("weight", self._weight, 0),
            stock=stock,
            counted=counted,
            line=row.line,
            taxable=woo_cells.taxable(row),
            requires_shipping="virtual" not in woo_cells.kinds_of(row),
            image_url=images[0] if images else None,
        )

    def _weight(self, cell: str) -> int:
        if cell.strip() and self._unit_refusal is not None:
            raise self._unit_refusal
        return cells.weight_grams(cell, self._unit)

    def _sale_applies(self, row: Row) -> bool:
        starts = row.take("sale_starts", woo_cells.day, None)
        ends = row.take("sale_ends", woo_cells.day, None)
        today = self._options.today
        return (starts is None or starts <= today) and (ends is None or today <= ends)

    def _description(self, parent: Row) -> str:
        """The short description and the long one, one after the other."""
        short = parent.take("short_description", woo_cells.prose, "")
        long = parent.take("description", woo_cells.prose, "")
        if not (short and long):
            return short or long
        if not short.startswith("<"):
            short = f"<p>{short}</p>"
        return parent.take("description", lambda _: safe_description(f"{short}\n{long}"), "")

    def _attribute_values(self, row: Row) -> dict[str, str]:
        values: dict[str, str] = {}
        for number in self._attributes:
            name = row.take(f"attribute{number}_name", cells.text_of(OPTION_CHARS_MAX), "")
            if name:
                value = row.take(f"attribute{number}_value", woo_cells.single_value, "")
                values.setdefault(name.casefold(), value)
        return values

    def _options_of(self, parent: Row, live: list[Row], notes: list[RowProblem]) -> tuple[str, ...]:
        """The attributes by which variations differ, in the parent's order."""
        named: dict[str, str] = {}
        used: set[str] = set()
        for row in (parent, *live):
            for number in self._attributes:
                if name := row.take(f"attribute{number}_name", cells.text_of(OPTION_CHARS_MAX), ""):
                    named.setdefault(name.casefold(), name)
                    if row is not parent:
                        used.add(name.casefold())
        options = tuple(name for key, name in named.items() if key in used)
        if len(options) > OPTIONS_MAX:
            parent.refuse("attribute1_name", "too_many_options", limit=OPTIONS_MAX, names=", ".join(options))
        if left := [name for key, name in named.items() if key not in used]:
            notes.append(parent.problem("attribute1_name", "attributes_ignored", names=cells.shown(", ".join(left))))
        return options
