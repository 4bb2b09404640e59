"""Shopify's product CSV, under its old and its new column names.

A product is a run of rows with one handle. The first row holds the product; every row with a price, a SKU or option
values is a variant; each row may also carry a picture, and rows with nothing else carry further pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from . import cells
from .assembly import SkuIndex, checked_variants, compare_at, gallery, stock_of
from .descriptions import has_pictures, safe_description
from .detect import CatalogFile
from .drafts import (
    ALT_CHARS_MAX,
    BARCODE_CHARS_MAX,
    IMAGES_MAX,
    NAME_CHARS_MAX,
    OPTION_CHARS_MAX,
    OPTIONS_MAX,
    SEO_DESCRIPTION_CHARS_MAX,
    SEO_TITLE_CHARS_MAX,
    SKU_CHARS_MAX,
    TITLE_CHARS_MAX,
    VARIANTS_MAX,
    ImageDraft,
    ProductDraft,
    ReadOptions,
    RefusedProduct,
    RowProblem,
    VariantDraft,
)
from .handles import handle_of_any_script, made_handle, plain_handle, read_handle
from .rows import Row

_ROWS_OF_PRODUCT_MAX: Final = VARIANTS_MAX + IMAGES_MAX
_VARIANT_FIELDS: Final = ("option1_value", "option2_value", "option3_value", "sku", "price", "barcode")
_STATUSES: Final = ("active", "draft", "archived", "unlisted")
_NO_OPTIONS: Final = ("title", "default title")


class ShopifyReading:
    """One reading of a Shopify file. Making it scans the file once; iterating it gives the products."""

    def __init__(self, file: CatalogFile, options: ReadOptions) -> None:
        self._file = file
        self._options = options
        self._skus = SkuIndex()
        self._first_line: dict[str, int] = {}
        self._apart: dict[str, int] = {}
        self.rows_total = 0
        self.rows_done = 0
        current = ""
        for row in file.rows():
            self.rows_total += 1
            if not row.broken:
                self._skus.add(row.take("sku", cells.text_of(SKU_CHARS_MAX), ""), row.line)
            key = _key(row) or current
            if key != current and self._first_line.setdefault(key, row.line) != row.line:
                self._apart.setdefault(key, row.line)
            current = key

    def __iter__(self) -> Iterator[ProductDraft | RefusedProduct]:
        group: list[Row] = []
        current = ""
        last_line = 0
        for row in self._file.rows():
            key = _key(row) or (current if row.broken else "")
            if not key:
                if group:
                    yield self._product(current, group, last_line)
                group, current = [], ""
                problems = (*row.problems, row.problem("handle", "handle_missing"))
                yield RefusedProduct("", "", (row.line, row.last_line), problems)
            elif key == current:
                # of an endless product no more is held than it takes to refuse it
                if len(group) <= _ROWS_OF_PRODUCT_MAX:
                    group.append(row)
            else:
                if group:
                    yield self._product(current, group, last_line)
                group, current = [row], key
            last_line = row.last_line
            self.rows_done += 1
        if group:
            yield self._product(current, group, last_line)

    def _product(self, key: str, rows: list[Row], last_line: int) -> ProductDraft | RefusedProduct:
        first = rows[0]
        notes: list[RowProblem] = []
        title = first.take("title", cells.text_of(TITLE_CHARS_MAX), "")
        handle = first.take("handle", read_handle, key) if first.has("handle") else key
        if key in self._apart:
            lines = self._first_line[key], self._apart[key]
            first.refuse("handle", "rows_apart", handle=key, other=lines[1] if first.line == lines[0] else lines[0])
        if not title and not first.broken and not first.has("title"):
            first.refuse("title", "title_missing")
        if first.take("gift_card", lambda cell: cells.yes_no(cell, False), False):
            first.refuse("gift_card", "gift_card")
        if len(rows) > _ROWS_OF_PRODUCT_MAX:
            first.refuse("", "too_many_variants", limit=VARIANTS_MAX)
        variant_rows = [row for row in rows if row is first or any(row.has(name) for name in _VARIANT_FIELDS)]
        sold = {id(row) for row in variant_rows}
        notes += [
            row.problem("", "row_without_data")
            for row in rows
            if id(row) not in sold and not row.has("image") and not row.broken
        ]
        options = _options(rows, variant_rows)
        variants = [self._variant(row, options, notes) for row in variant_rows if not row.broken]
        checked_variants([row for row in variant_rows if not row.broken], variants, self._skus, bool(options))
        images = gallery(_images(rows), variants, first)
        if not options:  # the picture of an only variant is the product's
            variants = [replace(variant, image_url=None) for variant in variants]
        if has_pictures(first.raw("description")):
            notes.append(first.problem("description", "description_images"))
        draft = ProductDraft(
            handle=handle,
            title=title,
            variants=tuple(variants),
            description_html=first.take("description", lambda cell: safe_description(cells.unguarded(cell)), ""),
            vendor=first.take("vendor", cells.text_of(NAME_CHARS_MAX), ""),
            category_paths=_categories(first),
            one_category=True,
            tags=first.take("tags", lambda cell: cells.tags_of(cells.unguarded(cell).split(",")), ()),
            published=_published(first),
            options=options,
            images=images,
            seo_title=first.take("seo_title", cells.text_of(SEO_TITLE_CHARS_MAX), ""),
            seo_description=first.take("seo_description", cells.text_of(SEO_DESCRIPTION_CHARS_MAX), ""),
            source_lines=(first.line, last_line),
            notes=tuple(notes),
        )
        if problems := tuple(problem for row in rows for problem in row.problems):
            return RefusedProduct(handle, title, draft.source_lines, problems)
        return draft

    def _variant(self, row: Row, options: tuple[str, ...], notes: list[RowProblem]) -> VariantDraft:
        decimals = self._options.decimals

        def price(cell: str) -> int:
            return cells.price_minor(cell, decimals)

        def price_if_any(cell: str) -> int | None:
            return cells.price_minor(cell, decimals) if cell.strip() else None

        amount = 0
        if row.has("price"):
            amount = row.take("price", price, 0)
        else:
            row.refuse("price", "price_missing")
        values = []
        for number, name in enumerate(options, start=1):
            value = row.take(f"option{number}_value", cells.text_of(OPTION_CHARS_MAX), "")
            if not value and not row.has(f"option{number}_value"):
                row.refuse(f"option{number}_value", "option_value_missing", name=name)
            values.append(value)
        counted = row.has("tracker") or "tracker" not in row.columns
        stock = None
        if counted and row.has("stock"):
            stock = stock_of(row, row.take("stock", cells.count, 0), notes)
        return VariantDraft(
            price_minor=amount,
            sku=row.take("sku", cells.text_of(SKU_CHARS_MAX), ""),
            barcode=row.take(
                "barcode", lambda cell: cells.one_line(cells.unguarded(cell).lstrip("'"), BARCODE_CHARS_MAX), ""
            ),
            option_values=tuple(values),
            compare_at_minor=compare_at(row, "compare_at", amount, row.take("compare_at", price_if_any, None), notes),
            cost_minor=row.take("cost", price_if_any, None),
            weight_grams=row.take("grams", cells.weight_grams, 0),
            stock=stock,
            counted=counted,
            line=row.line,
            taxable=row.take("taxable", lambda cell: cells.yes_no(cell, True), True),
            requires_shipping=row.take("requires_shipping", lambda cell: cells.yes_no(cell, True), True),
            image_url=row.take("variant_image", lambda cell: cells.web_address(cell) if cell.strip() else None, None),
        )


def _key(row: Row) -> str:
    """What rows of one product share: the handle, or the one its title would get."""
    return plain_handle(row.raw("handle")) or made_handle(row.raw("title")) or handle_of_any_script(row.raw("title"))


def _published(row: Row) -> bool:
    status = row.raw("status").strip().lower()
    if status and status not in _STATUSES:
        row.refuse("status", "status_unknown", value=cells.shown(status), expected=", ".join(_STATUSES))
    online = row.take("published", lambda cell: cells.yes_no(cell, True), True)
    return online and status in ("", "active")


def _categories(row: Row) -> tuple[tuple[str, ...], ...]:
    """The merchant's own type of product before Shopify's taxonomy, since it is what the merchant's customers know."""
    name = "type" if row.has("type") else "category"
    path: tuple[str, ...] = row.take(name, lambda cell: cells.path_of(cells.unguarded(cell)), ())
    return (path,) if path else ()


def _options(rows: list[Row], variant_rows: list[Row]) -> tuple[str, ...]:
    """The names of the options; none for the single variant that Shopify calls “Default Title”."""
    names: list[str] = []
    for number in range(1, OPTIONS_MAX + 1):
        field = f"option{number}_name"
        name = ""
        for row in rows:
            if not row.broken and row.has(field):
                name = row.take(field, cells.text_of(OPTION_CHARS_MAX), "")
                break
        used = next((row for row in variant_rows if row.has(f"option{number}_value")), None)
        if name:
            if len(names) < number - 1:
                rows[0].refuse(f"option{number - 1}_name", "option_name_missing", number=number - 1)
            if name.casefold() in (known.casefold() for known in names):
                rows[0].refuse(field, "option_twice", name=name)
            names.append(name)
        elif used is not None and not (number == 1 and used.raw("option1_value").strip().lower() == _NO_OPTIONS[1]):
            used.refuse(field, "option_name_missing", number=number)
    plain = len(variant_rows) == 1 and [name.lower() for name in names] == [_NO_OPTIONS[0]]
    if plain and variant_rows[0].raw("option1_value").strip().lower() == _NO_OPTIONS[1]:
        return ()
    return tuple(names)


def _images(rows: list[Row]) -> list[ImageDraft]:
    found: list[ImageDraft] = []
    for row in rows:
        if row.has("image") and not row.broken:
            place = row.take("image_position", cells.count, 0) if row.has("image_position") else len(found) + 1
            url = row.take("image", cells.web_address, "")
            found.append(ImageDraft(url, row.take("image_alt", cells.text_of(ALT_CHARS_MAX), ""), place))
    return sorted(found, key=lambda image: image.position)
