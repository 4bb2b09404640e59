"""What importing a draft would change: a draft and the shop's product laid side by side. Needs no database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .detect import CatalogFile
from .drafts import ProductDraft, VariantDraft
from .stored import StoredProduct, StoredVariant, image_key

Kind = Literal["created", "changed", "unchanged"]

#: draft field -> the columns that speak of it; where a file has none of them, the shop's own value stays
_PRODUCT_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "description_html": ("description", "short_description"),
    "vendor": ("vendor",),
    "category_paths": ("type", "category", "categories"),
    "tags": ("tags",),
    "published": ("published", "status"),
    "images": ("image", "images", "variant_image"),
    "seo_title": ("seo_title",),
    "seo_description": ("seo_description",),
}
_VARIANT_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "sku": ("sku",),
    "barcode": ("barcode",),
    "compare_at_minor": ("compare_at", "sale_price"),
    "cost_minor": ("cost",),
    "weight_grams": ("grams", "weight"),
    "taxable": ("taxable", "tax_status"),
    "requires_shipping": ("requires_shipping", "name"),
    "image_url": ("variant_image", "images"),
}
_COMPARED: Final[dict[str, str]] = {
    "title": "title",
    "description_html": "description",
    "vendor": "vendor",
    "tags": "tags",
    "published": "published",
    "seo_title": "search engine texts",
    "seo_description": "search engine texts",
}


@dataclass(frozen=True, slots=True)
class Silence:
    """What a file does not speak of."""

    product: frozenset[str]
    variant: frozenset[str]

    @classmethod
    def of(cls, file: CatalogFile) -> Silence:
        """Tell from a file's columns."""
        has = set(file.columns)
        if file.format == "woocommerce":
            has.discard("type")  # there it is the kind of product, not its category
        return cls(
            frozenset(name for name, columns in _PRODUCT_COLUMNS.items() if not has & set(columns)),
            frozenset(name for name, columns in _VARIANT_COLUMNS.items() if not has & set(columns)),
        )


@dataclass(frozen=True, slots=True)
class StockWish:
    """What a file wants of a variant's stock: counted or not, and how many (None: leave the count)."""

    position: int
    counted: bool
    on_hand: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing one product does. `matches` gives for each variant of the draft the shop's own, if it has one."""

    draft: ProductDraft
    stored: StoredProduct | None
    matches: tuple[StoredVariant | None, ...]
    changes: tuple[str, ...]
    stock: tuple[StockWish, ...]
    content_hash: str

    @property
    def kind(self) -> Kind:
        """Whether the product is new, differs, or is as the file says."""
        if self.stored is None:
            return "created"
        return "changed" if self.changes or self.stock else "unchanged"

    @property
    def retired(self) -> list[StoredVariant]:
        """Variants for sale that the file does not have any more."""
        kept = {match.id for match in self.matches if match}
        return [variant for variant in self.stored.active if variant.id not in kept] if self.stored else []


def plan_product(draft: ProductDraft, stored: StoredProduct | None, silence: Silence) -> Plan:
    """Compare a draft with the shop's product of the same handle."""
    if stored is None:
        wishes = tuple(
            StockWish(position, variant.counted, variant.stock) for position, variant in enumerate(draft.variants)
        )
        return Plan(draft, None, (None,) * len(draft.variants), (), wishes, fingerprint(draft))
    matches = _matches(draft.variants, stored)
    print_of_draft = fingerprint(draft)
    draft = _completed(draft, matches, stored, silence)
    known_stock = stored.content_hash[32:] == print_of_draft[32:]
    return Plan(
        draft,
        stored,
        matches,
        _changes(draft, matches, stored),
        _stock_wishes(draft.variants, matches, known_stock),
        print_of_draft,
    )


def fingerprint(draft: ProductDraft) -> str:
    """32 hexadecimal digits for what the draft says, and 32 for what it says of stock."""
    bare = tuple(replace(variant, stock=None, counted=True, line=0) for variant in draft.variants)
    content = replace(draft, variants=bare, one_category=False, source_lines=(0, 0), notes=())
    stock = [(variant.option_values, variant.counted, variant.stock) for variant in draft.variants]
    return "".join(hashlib.sha256(repr(part).encode()).hexdigest()[:32] for part in (content, stock))


def option_values(draft: ProductDraft, stored: StoredProduct | None) -> list[dict[str, Any]]:
    """The options with their values: in the order the shop has them, new ones after."""
    known = {option["name"]: option["values"] for option in stored.options} if stored else {}
    options = []
    for place, name in enumerate(draft.options):
        used = dict.fromkeys(variant.option_values[place] for variant in draft.variants)
        kept = [value for value in known.get(name, []) if value in used]
        options.append({"name": name, "values": list(dict.fromkeys([*kept, *used]))})
    return options


def _matches(variants: Sequence[VariantDraft], stored: StoredProduct) -> tuple[StoredVariant | None, ...]:
    """The shop's variant for each of the draft's: the same choice of options first, then the same SKU."""
    by_choice: dict[tuple[str, ...], StoredVariant] = {}
    by_sku: dict[str, StoredVariant] = {}
    for own in sorted(stored.variants, key=lambda own: not own.active):
        by_choice.setdefault(_choice(own.draft), own)
        if own.draft.sku:
            by_sku.setdefault(own.draft.sku, own)
    found: list[StoredVariant | None] = [by_choice.get(_choice(variant)) for variant in variants]
    taken = {match.id for match in found if match}
    for position, variant in enumerate(variants):
        other = by_sku.get(variant.sku) if found[position] is None else None
        if other is not None and other.id not in taken:
            found[position] = other
            taken.add(other.id)
    return tuple(found)


def _choice(variant: VariantDraft) -> tuple[str, ...]:
    return tuple(value.casefold() for value in variant.option_values)


def _completed(
    draft: ProductDraft, matches: Sequence[StoredVariant | None], stored: StoredProduct, silence: Silence
) -> ProductDraft:
    """The draft with the shop's own values where the file is silent."""
    pictures = dict(zip((variant.id for variant in stored.active), stored.draft.variants, strict=True))
    variants = []
    for variant, match in zip(draft.variants, matches, strict=True):
        own = (pictures.get(match.id) or match.draft) if match else None
        kept = {name: getattr(own, name) for name in silence.variant} if own else {}
        completed: VariantDraft = replace(variant, **kept)
        if completed.compare_at_minor is not None and completed.compare_at_minor <= completed.price_minor:
            completed = replace(completed, compare_at_minor=None)
        variants.append(completed)
    kept_of_product = {name: getattr(stored.draft, name) for name in silence.product}
    if draft.one_category and set(_folded(draft.category_paths)) <= set(_folded(stored.draft.category_paths)):
        kept_of_product["category_paths"] = stored.draft.category_paths
    return replace(draft, variants=tuple(variants), **kept_of_product)


def _folded(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(tuple(part.casefold() for part in path) for path in paths)


def _changes(draft: ProductDraft, matches: Sequence[StoredVariant | None], stored: StoredProduct) -> tuple[str, ...]:
    changes = {label for name, label in _COMPARED.items() if getattr(draft, name) != getattr(stored.draft, name)}
    if _folded(draft.category_paths) != _folded(stored.draft.category_paths):
        changes.add("categories")
    known = {option["name"]: set(option["values"]) for option in stored.options}
    options = option_values(draft, stored)
    if list(draft.options) != list(known) or any(set(o["values"]) - known.get(o["name"], set()) for o in options):
        changes.add("options")
    if [match.id if match else None for match in matches] != [variant.id for variant in stored.active] or any(
        _for_sale(variant) != _for_sale(own.draft) for variant, own in zip(draft.variants, stored.active, strict=True)
    ):
        changes.add("variants")
    places = {variant.id: place for place, variant in enumerate(stored.active)}
    in_file = {image_key(image.url) for image in draft.images}
    own_images = [  # the merchant's own pictures, of which a file knows nothing, stay
        (image.key, image.alt, places.get(image.variant_id or "") if draft.options else None)
        for image in stored.images
        if not image.uploaded or image.key in in_file
    ]
    if pictures(draft) != own_images:
        changes.add("pictures")
    return tuple(sorted(changes))


def pictures(draft: ProductDraft) -> list[tuple[str, str, int | None]]:
    """The draft's pictures: which, its text, and the first variant that it shows."""
    shown: dict[str, int] = {}
    for place, variant in enumerate(draft.variants):
        if variant.image_url:
            shown.setdefault(variant.image_url, place)
    return [(image_key(image.url), image.alt, shown.get(image.url)) for image in draft.images]


def _for_sale(variant: VariantDraft) -> VariantDraft:
    return replace(variant, stock=None, counted=True, image_url=None)


def _stock_wishes(
    variants: Sequence[VariantDraft], matches: Sequence[StoredVariant | None], known: bool
) -> tuple[StockWish, ...]:
    """What the file wants of stock. The same figures as last time are not a new count: goods were sold since."""
    wishes = []
    for position, (variant, match) in enumerate(zip(variants, matches, strict=True)):
        if match is None or not match.stocked:
            wishes.append(StockWish(position, variant.counted, variant.stock))
        elif not known:
            least = None if variant.stock is None else max(variant.stock, match.reserved)
            if variant.counted != match.tracked or (least is not None and least != match.on_hand):
                wishes.append(StockWish(position, variant.counted, least))
    return tuple(wishes)
