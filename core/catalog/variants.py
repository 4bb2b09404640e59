"""Variants: the combinations of a product's options, saved together or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.money import MAX_MINOR
from core.base.transactions import transactional
from core.catalog.details import (
    COMBINATION_SEPARATOR,
    OPTION_VALUES_MAX,
    OPTIONS_MAX,
    VARIANTS_MAX,
    OptionDetails,
    VariantDetails,
)
from core.catalog.errors import SkuTaken, VariantsInvalid
from core.catalog.gifts import as_gift_cards
from core.catalog.models import GIFT_CARD, Product, Variant
from core.catalog.upkeep import refresh_products, require_product, touch_products
from core.inventory.levels import spread
from core.inventory.models import Stock
from core.inventory.service import write_movements

WEIGHT_GRAMS_MAX = 1_000_000


@transactional
def save_variants(
    merchant_id: str, product_id: str, options: Sequence[OptionDetails], variants: Sequence[VariantDetails]
) -> None:
    """Make these the variants of a product, all or nothing; those that left become inactive (orders refer to them).

    Raises ProductNotFound, VariantsInvalid, SkuTaken; `fields` are named `variants.<index>.<field>`.
    """
    require_product(merchant_id, product_id)
    write_variants(merchant_id, product_id, options, variants)
    refresh_products(merchant_id, [product_id])
    touch_products(merchant_id, [product_id])


def write_variants(
    merchant_id: str, product_id: str, options: Sequence[OptionDetails], variants: Sequence[VariantDetails]
) -> None:
    """The rows of save_variants, in the caller's transaction; the caller keeps the lists and versions."""
    if kind_of(merchant_id, product_id) == GIFT_CARD:
        variants = as_gift_cards(list(variants))
    check_variants(options, variants)
    _check_skus(merchant_id, product_id, variants)
    db.session.execute(
        update(Product)
        .where(Product.merchant_id == merchant_id, Product.id == product_id)
        .values(options=[{"name": option.name, "values": list(option.values)} for option in options])
    )
    before = {
        row.id: row
        for row in db.session.execute(
            select(Variant.id, Variant.option_values, Variant.active).where(
                Variant.merchant_id == merchant_id, Variant.product_id == product_id
            )
        )
    }
    by_combination = {tuple(row.option_values): row.id for row in before.values()}
    ids = [variant.id for variant in variants if variant.id]
    asked = set(ids)
    if asked - before.keys() or len(asked) != len(ids):
        raise NotFound(_("One of these variants does not belong to this product."))
    _retire(merchant_id, product_id)
    new: list[tuple[str, VariantDetails]] = []
    for position, variant in enumerate(variants):
        values = _values(variant, position)
        again = by_combination.get(variant.option_values)
        variant_id = variant.id or (again if again not in asked else None)
        if variant_id is None:
            variant_id = new_id("var")
            new.append((variant_id, variant))
            db.session.execute(
                insert(Variant).values(merchant_id=merchant_id, id=variant_id, product_id=product_id, **values)
            )
        else:
            db.session.execute(
                update(Variant).where(Variant.merchant_id == merchant_id, Variant.id == variant_id).values(**values)
            )
    _first_stock(merchant_id, product_id, new)


def kind_of(merchant_id: str, product_id: str) -> str:
    """Whether a product is goods or a gift card."""
    kind = select(Product.kind).where(Product.merchant_id == merchant_id, Product.id == product_id)
    return str(db.session.scalar(kind))


def check_variants(options: Sequence[OptionDetails], variants: Sequence[VariantDetails]) -> None:
    """Refuse what cannot be sold. Needs no database. Raises VariantsInvalid with a message for each field."""
    fields = _option_faults(options)
    if not variants:
        fields["variants"] = _("A product needs at least one variant.")
    if len(variants) > VARIANTS_MAX:
        fields["variants"] = _("At most %(limit)d variants.", limit=VARIANTS_MAX)
    combinations: set[tuple[str, ...]] = set()
    skus: set[str] = set()
    for index, variant in enumerate(variants):
        fields.update({f"variants.{index}.{name}": text for name, text in _faults(variant).items()})
        choice_fits = len(variant.option_values) == len(options) and all(
            value in option.values for value, option in zip(variant.option_values, options, strict=True)
        )
        if not choice_fits:
            fields[f"variants.{index}.option_values"] = _("Choose a value of each option.")
        elif variant.option_values in combinations:
            fields[f"variants.{index}.option_values"] = _("This combination is there twice.")
        combinations.add(variant.option_values)
        if variant.sku and variant.sku in skus:
            fields[f"variants.{index}.sku"] = _("This SKU is there twice.")
        skus.add(variant.sku)
    if fields:
        raise VariantsInvalid(_("Some fields need your attention."), fields=fields)


def _option_faults(options: Sequence[OptionDetails]) -> dict[str, object]:
    fields: dict[str, object] = {}
    if len(options) > OPTIONS_MAX:
        fields["options"] = _("At most three options.")
    names = [option.name.casefold() for option in options]
    for index, option in enumerate(options):
        if not option.name or len(option.name) > 60:
            fields[f"options.{index}.name"] = _("Name the option, in at most 60 characters.")
        elif names.count(option.name.casefold()) > 1:
            fields[f"options.{index}.name"] = _("Two options have this name.")
        if not option.values or any(not value or len(value) > 60 for value in option.values):
            fields[f"options.{index}.values"] = _("Give the option its values, each in at most 60 characters.")
        elif len(set(option.values)) != len(option.values):
            fields[f"options.{index}.values"] = _("A value is there twice.")
        elif len(option.values) > OPTION_VALUES_MAX:
            fields[f"options.{index}.values"] = _("At most %(limit)d values.", limit=OPTION_VALUES_MAX)
    return fields


def _faults(variant: VariantDetails) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, amount in (
        ("price", variant.price_minor),
        ("compare_at", variant.compare_at_minor),
        ("cost", variant.cost_minor),
    ):
        if amount is not None and not 0 <= amount <= MAX_MINOR:
            fields[name] = _("An amount is not negative and not absurdly large.")
    if not 0 <= variant.weight_grams <= WEIGHT_GRAMS_MAX:
        fields["weight_grams"] = _("A weight is from 0 to 1,000,000 grams.")
    if not 0 <= variant.on_hand <= 1_000_000_000:
        fields["on_hand"] = _("A stock is a whole number, not negative.")
    if len(variant.sku) > 80:
        fields["sku"] = _("At most %(limit)d characters.", limit=80)
    if len(variant.barcode) > 40:
        fields["barcode"] = _("At most %(limit)d characters.", limit=40)
    return fields


def _check_skus(merchant_id: str, product_id: str, variants: Sequence[VariantDetails]) -> None:
    """Refuse a SKU that another product uses; one that only a retired variant uses is freed."""
    wanted = {variant.sku: index for index, variant in enumerate(variants) if variant.sku}
    if not wanted:
        return
    others = db.session.execute(
        select(Variant.id, Variant.sku, Variant.active, Variant.product_id).where(
            Variant.merchant_id == merchant_id, Variant.sku.in_(list(wanted)), Variant.product_id != product_id
        )
    ).all()
    taken = [row.sku for row in others if row.active]
    if taken:
        message = _("Another product has this SKU.")
        raise SkuTaken(message, fields={f"variants.{wanted[sku]}.sku": message for sku in taken})
    if others:
        db.session.execute(
            update(Variant)
            .where(Variant.merchant_id == merchant_id, Variant.id.in_([row.id for row in others]))
            .values(sku=None)
        )


def _retire(merchant_id: str, product_id: str) -> None:
    """Take all variants out and free their SKUs, so that they can change places; those that stay come back at once."""
    db.session.execute(
        update(Variant)
        .where(Variant.merchant_id == merchant_id, Variant.product_id == product_id)
        .values(active=False, sku=None)
    )


def _values(variant: VariantDetails, position: int) -> dict[str, object]:
    above = variant.compare_at_minor
    return {
        "sku": variant.sku or None,
        "barcode": variant.barcode,
        "option_values": list(variant.option_values),
        "label": COMBINATION_SEPARATOR.join(variant.option_values),
        "price_minor": variant.price_minor,
        "compare_at_minor": above if above and above > variant.price_minor else None,
        "cost_minor": variant.cost_minor,
        "weight_grams": variant.weight_grams,
        "taxable": variant.taxable,
        "requires_shipping": variant.requires_shipping,
        "position": position,
        "active": True,
    }


def _first_stock(merchant_id: str, product_id: str, new: Sequence[tuple[str, VariantDetails]]) -> None:
    if not new:
        return
    db.session.execute(
        insert(Stock),
        [
            {
                "merchant_id": merchant_id,
                "variant_id": variant_id,
                "product_id": product_id,
                "on_hand": variant.on_hand,
                "reserved": 0,
                "tracked": variant.tracked,
                "version": 1,
            }
            for variant_id, variant in new
        ],
    )
    moved = {variant_id: variant.on_hand for variant_id, variant in new if variant.on_hand}
    if moved:
        parts = spread(merchant_id, moved)
        write_movements(merchant_id, parts, reason="initial", reference="", note="", actor_id=None)
