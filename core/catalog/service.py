"""What can be done with the catalogue. Each function is one transaction and keeps what buyers' pages are cached by."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_code, new_id
from core.base.richtext import clean_html
from core.base.transactions import transactional
from core.catalog.addresses import remember_slug
from core.catalog.categories import create_category, delete_category, merge_categories, update_category
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.errors import CategoryNotFound, SlugTaken
from core.catalog.gifts import GiftTerms
from core.catalog.images import add_image, describe_image, remove_image, reorder_images
from core.catalog.models import GIFT_CARD, GOODS, Category, Product, ProductCategory
from core.catalog.texts import slug_of
from core.catalog.upkeep import claim_version, refresh_products, require_product, touch_products
from core.catalog.variants import kind_of, save_variants, write_variants
from core.taxes.models import TaxCategory

__all__ = [
    "add_image",
    "create_category",
    "create_product",
    "delete_category",
    "describe_image",
    "merge_categories",
    "remove_image",
    "reorder_images",
    "save_variants",
    "set_product_categories",
    "set_published",
    "update_category",
    "update_product",
]

NAME_CHARS_MAX = 255


@transactional
def create_product(
    merchant_id: str,
    details: ProductDetails,
    *,
    variants: Sequence[VariantDetails],
    options: Sequence[OptionDetails] = (),
    category_ids: Collection[str] = (),
) -> str:
    """Put a new product with its variants on the shelves; gives back its id.

    One transaction. Raises Invalid (a field is missing or too long), SlugTaken, SkuTaken, VariantsInvalid,
    CategoryNotFound.
    """
    product_id, moment = new_id("prd"), clock.now()
    if details.kind not in (GOODS, GIFT_CARD):
        words = _("Choose one of these.")
        raise Invalid(words, fields={"kind": words})
    values = _checked(details) | _tax_category(merchant_id, details) | _gift_terms(details, details.kind)
    values["slug"] = _free_slug(merchant_id, details, product_id)
    db.session.execute(
        insert(Product).values(
            merchant_id=merchant_id,
            id=product_id,
            options=[],
            search_text="",
            content_hash="",
            version=0,
            kind=details.kind,
            created_at=moment,
            updated_at=moment,
            **values,
        )
    )
    write_variants(merchant_id, product_id, options, variants)
    _write_categories(merchant_id, product_id, category_ids)
    _finish(merchant_id, product_id)
    return product_id


@transactional
def update_product(
    merchant_id: str,
    product_id: str,
    details: ProductDetails,
    *,
    expected_version: int,
    options: Sequence[OptionDetails] | None = None,
    variants: Sequence[VariantDetails] | None = None,
    category_ids: Collection[str] | None = None,
) -> None:
    """Change a product as it was shown in version `expected_version`; what is None stays as it is.

    One transaction, all or nothing. Raises ProductNotFound, ChangedMeanwhile when somebody saved it since, and what
    create_product raises.
    """
    claim_version(merchant_id, product_id, expected_version)
    values = _checked(details) | _tax_category(merchant_id, details)
    if details.gift is not None:
        values |= _gift_terms(details, kind_of(merchant_id, product_id))
    values["slug"] = _free_slug(merchant_id, details, product_id)
    if details.published:
        values["archived"] = False
    remember_slug(merchant_id, product_id, str(values["slug"]))
    db.session.execute(
        update(Product).where(Product.merchant_id == merchant_id, Product.id == product_id).values(**values)
    )
    if variants is not None:
        write_variants(merchant_id, product_id, options or (), variants)
    if category_ids is not None:
        _write_categories(merchant_id, product_id, category_ids)
    _finish(merchant_id, product_id)


@transactional
def set_published(merchant_id: str, product_ids: Collection[str], published: bool) -> int:
    """Show products in the shop, or take them out of sight; gives back how many changed."""
    changing = list(
        db.session.scalars(
            select(Product.id)
            .where(
                Product.merchant_id == merchant_id,
                Product.id.in_(list(product_ids)),
                Product.published.is_not(published),
                Product.archived.is_(False),
            )
            .with_for_update()
        )
    )
    if changing:
        db.session.execute(
            update(Product)
            .where(Product.merchant_id == merchant_id, Product.id.in_(changing))
            .values(published=published)
        )
        touch_products(merchant_id, changing)
    return len(changing)


@transactional
def set_product_categories(merchant_id: str, product_id: str, category_ids: Collection[str]) -> None:
    """Stand a product on exactly these shelves. Raises ProductNotFound, CategoryNotFound."""
    require_product(merchant_id, product_id)
    _write_categories(merchant_id, product_id, category_ids)
    touch_products(merchant_id, [product_id])


def _finish(merchant_id: str, product_id: str) -> None:
    refresh_products(merchant_id, [product_id])
    touch_products(merchant_id, [product_id])


def _checked(details: ProductDetails) -> dict[str, object]:
    name = " ".join(details.name.split())
    limits = {
        "name": (name, NAME_CHARS_MAX),
        "summary": (details.summary, 300),
        "vendor": (details.vendor, 120),
        "seo_title": (details.seo_title, 160),
        "seo_description": (details.seo_description, 320),
    }
    fields = {
        field: _("At most %(limit)d characters.", limit=limit)
        for field, (text, limit) in limits.items()
        if len(text) > limit
    }
    if not name:
        fields["name"] = _("Give the product a name.")
    if fields:
        raise Invalid(_("Some fields need your attention."), fields=fields)
    return {
        "name": name,
        "summary": details.summary.strip(),
        "description_html": clean_html(details.description_html),
        "vendor": details.vendor.strip(),
        "tags": list(dict.fromkeys(tag.strip() for tag in details.tags if tag.strip())),
        "published": details.published,
        "seo_title": details.seo_title.strip(),
        "seo_description": details.seo_description.strip(),
    }


def _tax_category(merchant_id: str, details: ProductDetails) -> dict[str, object]:
    wanted = details.tax_category_id
    if wanted is None:
        return {}
    if wanted and db.session.get(TaxCategory, (merchant_id, wanted)) is None:
        words = _("There is no such tax category any more.")
        raise Invalid(words, fields={"tax_category_id": words})
    return {"tax_category_id": wanted or None}


def _gift_terms(details: ProductDetails, kind: str) -> dict[str, object]:
    """What a gift card's terms become; goods have none."""
    if kind != GIFT_CARD:
        return {"gift": {}}
    return {"gift": GiftTerms.of(details.gift or {}).checked().as_json()}


def _free_slug(merchant_id: str, details: ProductDetails, product_id: str) -> str:
    """The address as asked for, or one made from the name that nobody has yet."""
    wanted = slug_of(details.slug) if details.slug else slug_of(details.name)
    taken = set(
        db.session.scalars(
            select(Product.slug).where(
                Product.merchant_id == merchant_id,
                Product.slug.in_([wanted, *(f"{wanted}-{number}" for number in range(2, 10))]),
                Product.id != product_id,
            )
        )
    )
    if wanted and wanted not in taken:
        return wanted
    if details.slug:
        message = _("Another product has this address.") if wanted else _("An address needs a letter or a digit.")
        raise SlugTaken(message, fields={"slug": message})
    free = (f"{wanted}-{number}" for number in range(2, 10) if wanted and f"{wanted}-{number}" not in taken)
    return next(free, "-".join(filter(None, [wanted, new_code(6).lower()])))


def _write_categories(merchant_id: str, product_id: str, category_ids: Collection[str]) -> None:
    wanted = sorted(set(category_ids))
    found = db.session.scalar(
        select(func.count()).select_from(Category).where(Category.merchant_id == merchant_id, Category.id.in_(wanted))
    )
    if found != len(wanted):
        raise CategoryNotFound(_("One of these categories does not exist any more."))
    db.session.execute(
        delete(ProductCategory).where(
            ProductCategory.merchant_id == merchant_id, ProductCategory.product_id == product_id
        )
    )
    if wanted:
        db.session.execute(
            insert(ProductCategory),
            [
                {"merchant_id": merchant_id, "product_id": product_id, "category_id": category_id}
                for category_id in wanted
            ],
        )
