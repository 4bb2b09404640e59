"""Putting products away and taking them out again, copying them, saying which go together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select, update

from core.audit.service import record
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.models import Product, ProductImage, ProductRelation, Variant
from core.catalog.queries import product_by_id
from core.catalog.service import create_product
from core.catalog.shapes import VariantView
from core.catalog.upkeep import refresh_products, require_product, touch_products
from core.parties.roles import require_permission

RELATED_MAX = 12


@transactional
def archive_products(merchant_id: str, product_ids: Collection[str], archived: bool, *, actor_id: str) -> int:
    """Put products away, out of the shop and the lists, or take them out again (hidden); gives how many changed."""
    require_permission(actor_id, merchant_id, "catalog.edit")
    changing = list(
        db.session.scalars(
            select(Product.id)
            .where(
                Product.merchant_id == merchant_id,
                Product.id.in_(list(product_ids)),
                Product.archived.is_not(archived),
            )
            .order_by(Product.id)
            .with_for_update()
        )
    )
    if changing:
        db.session.execute(
            update(Product)
            .where(Product.merchant_id == merchant_id, Product.id.in_(changing))
            .values(archived=archived, published=False)
        )
        touch_products(merchant_id, changing)
    for product_id in changing:
        record(
            "product.archived" if archived else "product.unarchived",
            actor_id=actor_id,
            subject=f"product:{product_id}",
            merchant_id=merchant_id,
        )
    return len(changing)


@transactional
def duplicate_product(merchant_id: str, product_id: str, *, actor_id: str) -> str:
    """Make a hidden copy with the same words, variants and pictures; without SKUs, barcodes and stock.

    Gives the id of the copy. Raises ProductNotFound, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, "catalog.edit")
    found = product_by_id(merchant_id, product_id)
    details = ProductDetails(
        name=gettext("%(name)s (copy)", name=found.name[:240]),
        summary=found.summary,
        description_html=found.description_html,
        vendor=found.vendor,
        tags=found.tags,
        published=False,
        seo_title=found.seo_title,
        seo_description=found.seo_description,
        tax_category_id=found.tax_category_id,
        kind=found.kind,
        gift=found.gift.as_json(),
    )
    options = [OptionDetails(name, tuple(values)) for name, values in found.options]
    copy_id = create_product(
        merchant_id,
        details,
        options=options,
        variants=[_copied(variant) for variant in found.variants],
        category_ids=[link.id for link in found.categories],
    )
    _copy_pictures(merchant_id, product_id, copy_id)
    refresh_products(merchant_id, [copy_id])
    record(
        "product.duplicated",
        actor_id=actor_id,
        subject=f"product:{copy_id}",
        merchant_id=merchant_id,
        details={"from": product_id},
    )
    return copy_id


def _copied(variant: VariantView) -> VariantDetails:
    return VariantDetails(
        price_minor=variant.price_minor,
        option_values=variant.option_values,
        compare_at_minor=variant.compare_at_minor,
        cost_minor=variant.cost_minor,
        weight_grams=variant.weight_grams,
        taxable=variant.taxable,
        requires_shipping=variant.requires_shipping,
        tracked=variant.available is not None,
    )


def _copy_pictures(merchant_id: str, product_id: str, copy_id: str) -> None:
    """The copy shows the same pictures; a picture of one variant stays with the variant of the same choice."""
    labels = {
        (row.product_id, row.id): row.label
        for row in db.session.execute(
            select(Variant.product_id, Variant.id, Variant.label).where(
                Variant.merchant_id == merchant_id, Variant.product_id.in_([product_id, copy_id])
            )
        )
    }
    of_copy = {label: variant_id for (owner, variant_id), label in labels.items() if owner == copy_id}
    pictures = db.session.scalars(
        select(ProductImage).where(ProductImage.merchant_id == merchant_id, ProductImage.product_id == product_id)
    ).all()
    rows = [
        {
            "merchant_id": merchant_id,
            "id": new_id("img"),
            "product_id": copy_id,
            "variant_id": of_copy.get(labels.get((product_id, image.variant_id or ""), ""))
            if image.variant_id
            else None,
            "asset_hash": image.asset_hash,
            "source_url": image.source_url,
            "alt": image.alt,
            "width": image.width,
            "height": image.height,
            "position": image.position,
            "focus_x": image.focus_x,
            "focus_y": image.focus_y,
        }
        for image in pictures
    ]
    if rows:
        db.session.execute(insert(ProductImage), rows)


@transactional
def set_related(merchant_id: str, product_id: str, related_ids: Sequence[str], *, actor_id: str) -> None:
    """Say which products are shown beside one, in this order. Raises ProductNotFound, Invalid, RoleNotEnough."""
    require_permission(actor_id, merchant_id, "catalog.edit")
    require_product(merchant_id, product_id)
    wanted = list(dict.fromkeys(related_ids))
    if len(wanted) > RELATED_MAX or product_id in wanted:
        words = _("Choose at most %(limit)d other products.", limit=RELATED_MAX)
        raise Invalid(words, fields={"related": words})
    there = set(
        db.session.scalars(select(Product.id).where(Product.merchant_id == merchant_id, Product.id.in_(wanted)))
    )
    if there != set(wanted):
        words = _("One of these products does not exist any more.")
        raise Invalid(words, fields={"related": words})
    db.session.execute(
        delete(ProductRelation).where(
            ProductRelation.merchant_id == merchant_id, ProductRelation.product_id == product_id
        )
    )
    if wanted:
        db.session.execute(
            insert(ProductRelation),
            [
                {"merchant_id": merchant_id, "product_id": product_id, "related_id": related_id, "position": place}
                for place, related_id in enumerate(wanted)
            ],
        )
    touch_products(merchant_id, [product_id])
