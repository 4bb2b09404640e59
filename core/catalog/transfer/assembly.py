"""What both readers share once cells are read: putting a product together and finding what contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .drafts import IMAGES_MAX, VARIANTS_MAX, ImageDraft, RowProblem, VariantDraft
from .rows import Row


@dataclass(slots=True)
class SkuIndex:
    """Every SKU of the file and where it is used first and again."""

    first: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)

    def add(self, sku: str, line: int) -> None:
        """Count a SKU seen on a line; an empty one does not count."""
        if sku and self.first.setdefault(sku, line) != line:
            self.again.setdefault(sku, line)

    def other_line(self, sku: str, line: int) -> int | None:
        """Another line with the same SKU, if there is one."""
        if sku not in self.again:
            return None
        return self.first[sku] if self.first[sku] != line else self.again[sku]


def checked_variants(rows: Sequence[Row], variants: Sequence[VariantDraft], skus: SkuIndex, has_options: bool) -> None:
    """Refuse what cannot stand beside each other: equal combinations of options, SKUs used twice, too many variants."""
    if len(variants) > VARIANTS_MAX:
        rows[0].refuse("", "too_many_variants", limit=VARIANTS_MAX)
    combinations: dict[tuple[str, ...], int] = {}
    for row, variant in zip(rows, variants, strict=True):
        if (other := skus.other_line(variant.sku, row.line)) is not None:
            row.refuse("sku", "sku_twice", sku=variant.sku, other=other)
        if has_options and not all(variant.option_values):
            continue  # already refused as incomplete
        first = combinations.setdefault(tuple(value.casefold() for value in variant.option_values), row.line)
        if first != row.line:
            shown = " / ".join(variant.option_values) or "—"
            row.refuse("option1_value", "variant_twice", values=shown, other=first)


def gallery(images: Iterable[ImageDraft], variants: Iterable[VariantDraft], first: Row) -> tuple[ImageDraft, ...]:
    """The pictures in their order, each address once, numbered 1..n, the variants' pictures among them."""
    kept: dict[str, ImageDraft] = {}
    for image in images:
        known = kept.get(image.url)
        if known is None or (image.alt and not known.alt):
            kept[image.url] = ImageDraft(image.url, image.alt, len(kept) + 1 if known is None else known.position)
    for variant in variants:
        if variant.image_url and variant.image_url not in kept:
            kept[variant.image_url] = ImageDraft(variant.image_url, "", len(kept) + 1)
    if len(kept) > IMAGES_MAX:
        first.refuse("image", "too_many_images", limit=IMAGES_MAX)
    return tuple(kept.values())


def compare_at(row: Row, name: str, price: int, above: int | None, notes: list[RowProblem]) -> int | None:
    """The price before, kept only when it is above the price."""
    if above is None or above > price:
        return above
    if 0 < above < price:
        notes.append(row.problem(name, "compare_at_ignored"))
    return None


def stock_of(row: Row, number: int, notes: list[RowProblem]) -> int:
    """Stock as it can be kept: what was oversold elsewhere starts at 0 here."""
    if number < 0:
        notes.append(row.problem("stock", "stock_negative", value=number))
    return max(number, 0)
