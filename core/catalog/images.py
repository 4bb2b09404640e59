"""Pictures of products: kept by the hash of their content, ordered, described, removed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.details import IMAGES_MAX
from core.catalog.errors import ImageNotFound
from core.catalog.models import Asset, ProductImage, Variant
from core.catalog.pictures import MEDIA_TYPE, Picture, prepare_picture, small_key
from core.catalog.upkeep import refresh_products, require_product, touch_products

ALT_CHARS_MAX = 300


def add_image(merchant_id: str, product_id: str, content: bytes, *, alt: str = "") -> str:
    """Add a picture after those that are there; gives back its id.

    The picture is read and made anew before the transaction begins. Raises PictureRefused, ProductNotFound, Invalid.
    """
    return _keep_image(merchant_id, product_id, prepare_picture(content), alt)


@transactional
def _keep_image(merchant_id: str, product_id: str, picture: Picture, alt: str) -> str:
    require_product(merchant_id, product_id)
    count, last = db.session.execute(
        select(func.count(), func.max(ProductImage.position)).where(
            ProductImage.merchant_id == merchant_id, ProductImage.product_id == product_id
        )
    ).one()
    if count >= IMAGES_MAX:
        raise Invalid(_("A product has at most %(limit)d pictures.", limit=IMAGES_MAX))
    keep_assets(merchant_id, picture)
    image_id = new_id("img")
    db.session.execute(
        insert(ProductImage).values(
            merchant_id=merchant_id,
            id=image_id,
            product_id=product_id,
            asset_hash=picture.key,
            source_url="",
            alt=alt.strip()[:ALT_CHARS_MAX],
            width=picture.width,
            height=picture.height,
            position=0 if last is None else last + 1,
        )
    )
    _finish(merchant_id, product_id)
    return image_id


def keep_assets(merchant_id: str, picture: Picture) -> None:
    """Keep both sizes of a picture unless they are there already. In the caller's transaction."""
    sizes = {picture.key: picture.large, small_key(picture.key): picture.small}
    there = set(
        db.session.scalars(select(Asset.hash).where(Asset.merchant_id == merchant_id, Asset.hash.in_(list(sizes))))
    )
    moment = clock.now()
    for key in sizes.keys() - there:
        db.session.execute(
            insert(Asset).values(
                merchant_id=merchant_id, hash=key, media_type=MEDIA_TYPE, content=sizes[key], created_at=moment
            )
        )


@transactional
def describe_image(
    merchant_id: str, image_id: str, *, alt: str, variant_id: str | None = None, focus: tuple[int, int] | None = None
) -> None:
    """Say what a picture shows, for those who cannot see it, which variant it shows, and what must not be cut off.

    `focus` is in percent from the left and from the top; None leaves it. Raises ImageNotFound, Invalid (a variant of
    another product, a point outside).
    """
    product_id = _product_of(merchant_id, image_id)
    values: dict[str, object] = {"alt": alt.strip()[:ALT_CHARS_MAX], "variant_id": variant_id}
    if variant_id is not None:
        own = select(Variant.id).where(
            Variant.merchant_id == merchant_id, Variant.id == variant_id, Variant.product_id == product_id
        )
        if db.session.scalar(own) is None:
            raise Invalid(_("Choose a variant of this product."), fields={"variant_id": _("Choose a variant.")})
    if focus is not None:
        if not all(0 <= part <= 100 for part in focus):
            raise Invalid(_("The point to keep in sight lies between 0 and 100 percent."))
        values |= {"focus_x": focus[0], "focus_y": focus[1]}
    db.session.execute(
        update(ProductImage)
        .where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id)
        .values(**values)
    )
    _finish(merchant_id, product_id)


@transactional
def remove_image(merchant_id: str, image_id: str) -> None:
    """Take a picture away. Its bytes stay: orders show what was bought. Raises ImageNotFound."""
    product_id = _product_of(merchant_id, image_id)
    db.session.execute(delete(ProductImage).where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id))
    _finish(merchant_id, product_id)


@transactional
def reorder_images(merchant_id: str, product_id: str, image_ids: Sequence[str]) -> None:
    """Show these pictures of a product first, in this order, then its others; the first stands for it in lists.

    Raises ProductNotFound, ImageNotFound when one of them is not a picture of the product.
    """
    require_product(merchant_id, product_id)
    there = db.session.scalars(
        select(ProductImage.id)
        .where(ProductImage.merchant_id == merchant_id, ProductImage.product_id == product_id)
        .order_by(ProductImage.position, ProductImage.id)
    ).all()
    if set(image_ids) - set(there):
        raise ImageNotFound(_("The pictures of this product have changed. Open it again."))
    wanted = list(dict.fromkeys([*image_ids, *there]))
    for position, image_id in enumerate(wanted):
        db.session.execute(
            update(ProductImage)
            .where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id)
            .values(position=position)
        )
    _finish(merchant_id, product_id)


def _product_of(merchant_id: str, image_id: str) -> str:
    product_id = db.session.scalar(
        select(ProductImage.product_id).where(ProductImage.merchant_id == merchant_id, ProductImage.id == image_id)
    )
    if product_id is None:
        raise ImageNotFound(_("This picture does not exist."))
    require_product(merchant_id, product_id)
    return product_id


def _finish(merchant_id: str, product_id: str) -> None:
    refresh_products(merchant_id, [product_id])
    touch_products(merchant_id, [product_id])
