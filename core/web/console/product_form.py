"""The product's form: what stands in its fields, read back row by row, and the combinations of its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product as combinations
from typing import Any

from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.catalog.details import OPTIONS_MAX, OptionDetails, ProductDetails, VariantDetails
from core.catalog.models import GIFT_CARD, GOODS
from core.catalog.schemas import OptionSchema, ProductSchema, VariantSchema
from core.catalog.shapes import ProductView, VariantView
from core.shops.trading import read_weight, weight_text
from core.web.console.gift_form import GiftForm, gift_details, gift_form_of, read_gift_form
from core.web.formats import amount_text

ROWS_MAX = 200
EMPTY_GIFT = GiftForm()
SEPARATOR = "\x1f"
"""Stands between the option values of a row; nobody can type it."""
WORDS = (
    *("name", "slug", "summary", "description_html", "vendor", "tags"),
    *("seo_title", "seo_description", "tax_category_id"),
)
CELLS = ("id", "price", "compare_at", "cost", "sku", "barcode", "weight_grams", "on_hand")


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One row of the table of variants: texts as they stand in the fields."""

    option_values: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    tracked: bool = True
    taxable: bool = True
    requires_shipping: bool = True
    stock: VariantView | None = None

    @property
    def key(self) -> str:
        return SEPARATOR.join(self.option_values)

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(frozen=True, slots=True)
class ProductForm:
    """All fields of the form."""

    words: Mapping[str, str] = field(default_factory=dict)
    published: bool = True
    category_ids: frozenset[str] = frozenset()
    options: tuple[tuple[str, str], ...] = ()
    rows: tuple[VariantRow, ...] = (VariantRow(),)
    version: int = 0
    kind: str = GOODS
    gift: GiftForm = EMPTY_GIFT

    @property
    def is_card(self) -> bool:
        return self.kind == GIFT_CARD

    @property
    def option_rows(self) -> list[tuple[str, str]]:
        """The options with empty ones up to the most there can be."""
        return [*self.options, *([("", "")] * (OPTIONS_MAX - len(self.options)))][:OPTIONS_MAX]


def form_of(product: ProductView, currency: str, unit: str = "g") -> ProductForm:
    """The form of a product that is there."""
    words = {name: getattr(product, name) or "" for name in WORDS if name != "tags"}
    return ProductForm(
        words={**words, "tags": ", ".join(product.tags)},
        published=product.published,
        category_ids=frozenset(link.id for link in product.categories),
        options=tuple((name, ", ".join(values)) for name, values in product.options),
        rows=tuple(_row_of(variant, currency, unit) for variant in product.variants) or (VariantRow(),),
        version=product.version,
        kind=product.kind,
        gift=gift_form_of(product, currency),
    )


def _row_of(variant: VariantView, currency: str, unit: str) -> VariantRow:
    def amount(minor: int | None) -> str:
        return "" if minor is None else amount_text(minor, currency)

    return VariantRow(
        option_values=variant.option_values,
        cells={
            "id": variant.id,
            "price": amount(variant.price_minor),
            "compare_at": amount(variant.compare_at_minor),
            "cost": amount(variant.cost_minor),
            "sku": variant.sku,
            "barcode": variant.barcode,
            "weight_grams": weight_text(variant.weight_grams, unit) if variant.weight_grams else "",
        },
        tracked=variant.available is not None,
        taxable=variant.taxable,
        requires_shipping=variant.requires_shipping,
        stock=variant,
    )


def read_form(sent: MultiDict[str, str], known: Sequence[VariantView] = ()) -> ProductForm:
    """The form as it was sent, word for word."""
    stock = {variant.id: variant for variant in known}
    version = sent.get("version", "0")
    rows = []
    for index in range(ROWS_MAX):
        prefix = f"variants-{index}-"
        if prefix + "price" not in sent:
            break
        key = sent.get(prefix + "option_values", "")
        cells = {name: sent.get(prefix + name, "")[:100] for name in CELLS}
        rows.append(
            VariantRow(
                option_values=tuple(key.split(SEPARATOR)) if key else (),
                cells=cells,
                tracked=prefix + "tracked" in sent,
                taxable=prefix + "taxable" in sent,
                requires_shipping=prefix + "requires_shipping" in sent,
                stock=stock.get(cells["id"]),
            )
        )
    pairs = [(sent.get(f"options-{i}-name", ""), sent.get(f"options-{i}-values", "")) for i in range(OPTIONS_MAX)]
    return ProductForm(
        words={name: sent.get(name, "") for name in WORDS if name != "tax_category_id" or name in sent},
        published="published" in sent,
        category_ids=frozenset(sent.getlist("categories")),
        options=tuple((name.strip(), values.strip()) for name, values in pairs if name.strip() or values.strip()),
        rows=tuple(rows) or (VariantRow(),),
        kind=GIFT_CARD if sent.get("kind") == GIFT_CARD else GOODS,
        gift=read_gift_form(sent),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
    )


def read_options(form: ProductForm) -> list[OptionDetails]:
    """The options that the form names."""
    return [OptionSchema().load({"name": name, "values": values}) for name, values in form.options]


def with_combinations(form: ProductForm) -> ProductForm:
    """The form with one row for each combination of its options; what was typed for one that stays is kept."""
    options = read_options(form)
    wanted = list(combinations(*(option.values for option in options)))[: ROWS_MAX + 1]
    if len(wanted) > ROWS_MAX:
        words = _("These options make more than %(limit)d variants. Use fewer values.", limit=ROWS_MAX)
        raise Invalid(words, fields={"options": words})
    there = {row.option_values: row for row in form.rows}
    model = form.rows[0]
    shared = {name: model.cell(name) for name in ("price", "compare_at", "cost", "weight_grams")}
    rows = []
    for values in wanted:
        row = there.get(values)
        if row is None:
            row = replace(model, option_values=values, cells=shared, stock=None)
        rows.append(row)
    return replace(form, rows=tuple(rows) or (replace(model, option_values=()),))


def rows_fit(form: ProductForm) -> bool:
    """Whether each row chooses one value of each option; a gift card has no rows."""
    if form.is_card:
        return True
    options = read_options(form)
    return all(
        len(row.option_values) == len(options)
        and all(value in option.values for value, option in zip(row.option_values, options, strict=True))
        for row in form.rows
    )


def details_of(
    form: ProductForm, currency: str, unit: str = "g", known: tuple[VariantView, ...] = ()
) -> tuple[ProductDetails, list[OptionDetails], list[VariantDetails]]:
    """What the form says, ready for the service; `known` are the variants that are there.

    Raises Invalid with the fields at fault.
    """
    fields: dict[str, object] = {}
    words = _loaded(ProductSchema(), {**form.words, "published": form.published}, "", fields)
    if form.is_card:
        return _card_details(form, words, fields, known, currency)
    schema = VariantSchema(currency=currency)
    variants = [
        _loaded(
            schema,
            {
                **_in_grams(row.cells, unit),
                "option_values": list(row.option_values),
                "tracked": row.tracked,
                "taxable": row.taxable,
                "requires_shipping": row.requires_shipping,
            },
            f"variants.{index}.",
            fields,
        )
        for index, row in enumerate(form.rows)
    ]
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    return words, read_options(form), variants


def _card_details(
    form: ProductForm,
    words: ProductDetails | None,
    fields: dict[str, object],
    known: tuple[VariantView, ...],
    currency: str,
) -> tuple[ProductDetails, list[OptionDetails], list[VariantDetails]]:
    try:
        terms, options, variants = gift_details(form.gift, known, currency)
    except Invalid as refusal:
        fields |= refusal.fields
    if fields or words is None:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    return replace(words, kind=GIFT_CARD, gift=terms.as_json()), options, variants


def _in_grams(cells: Mapping[str, str], unit: str) -> dict[str, str]:
    """The cells as the schema takes them; a weight that cannot be read is left for it to refuse."""
    grams = read_weight(cells.get("weight_grams", ""), unit) if unit != "g" else None
    return {**cells, "weight_grams": str(grams)} if grams is not None else dict(cells)


def _loaded(schema: Schema, data: Mapping[str, Any], prefix: str, fields: dict[str, object]) -> Any:
    try:
        return schema.load(data)
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        for name, texts in messages.items():
            fields[f"{prefix}{name}"] = texts[0] if isinstance(texts, list) and texts else str(texts)
        return None
