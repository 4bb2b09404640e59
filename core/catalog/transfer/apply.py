"""Writing planned products: some statements for a batch, not for a product. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from core.base import clock
from core.base.database import Base, db
from core.base.ids import new_code, new_id
from core.catalog.models import Asset, Category, Product, ProductCategory, ProductImage, Variant
from core.catalog.texts import slug_of
from core.catalog.upkeep import refresh_products, touch_shop
from core.inventory.service import set_stock_many, set_tracked_many

from .drafts import ProductDraft, VariantDraft
from .plan import Plan, option_values, pictures
from .stored import PATH_SEPARATOR

CHUNK: Final = 400
CATEGORIES_MAX: Final = 2_000


def missing_shelves(merchant_id: str, plans: Sequence[Plan]) -> tuple[dict[str, str], list[str]]:
    """Ids of the shop's categories by folded path, and the paths (parents first) that the plans need besides."""
    known = {
        path.casefold(): category_id
        for category_id, path in db.session.execute(
            select(Category.id, Category.path).where(Category.merchant_id == merchant_id)
        )
    }
    new: dict[str, str] = {}
    for plan in plans:
        for path in plan.draft.category_paths if plan.kind != "unchanged" else ():
            for depth in range(1, len(path) + 1):
                name = PATH_SEPARATOR.join(path[:depth])
                if name.casefold() not in known:
                    new.setdefault(name.casefold(), name)
    return known, list(new.values())


def write_plans(merchant_id: str, plans: Sequence[Plan]) -> None:
    """Make the shop's products what the plans say, with their variants, pictures, categories and stock."""
    ids = {plan.draft.handle: plan.stored.id if plan.stored else new_id("prd") for plan in plans}
    differing = [plan for plan in plans if plan.stored is None or plan.changes]
    shelves = _shelves(merchant_id, differing)
    _write_products(merchant_id, differing, ids)
    variant_ids = _write_variants(merchant_id, differing, ids)
    _write_images(merchant_id, differing, ids, variant_ids)
    _write_standing(merchant_id, differing, ids, shelves)
    _write_stock(merchant_id, plans, variant_ids)
    _remember(merchant_id, plans)
    if differing:
        refresh_products(merchant_id, [ids[plan.draft.handle] for plan in differing])
        touch_shop(merchant_id)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _insert(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    for part in _chunks(rows):
        db.session.execute(insert(model), part)


def _update(model: type[Any], merchant_id: str, rows: Sequence[dict[str, Any]], *, changed: bool = False) -> None:
    """Update rows by their `id`; all rows have the same keys. `changed`: count it as a change of the product."""
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    if changed:
        values["version"] = model.version + 1
    statement = (
        update(model)
        .where(model.merchant_id == bindparam("key_merchant"), model.id == bindparam("key_id"))
        .values(**values)
    )
    keyed = [
        {"key_merchant": merchant_id, "key_id": row["id"]}
        | {f"new_{name}": value for name, value in row.items() if name != "id"}
        for row in rows
    ]
    for part in _chunks(keyed):
        db.session.connection().execute(statement, part)


def _shelves(merchant_id: str, plans: Sequence[Plan]) -> dict[str, str]:
    """Ids of all categories by folded path, those that were missing made."""
    ids, new = missing_shelves(merchant_id, plans)
    if not new:
        return ids
    slugs = set(db.session.scalars(select(Category.slug).where(Category.merchant_id == merchant_id)))
    for path in new:
        *above, name = path.split(PATH_SEPARATOR)
        wanted = slug_of(name)[:100]
        candidates = [wanted, *(f"{wanted}-{number}" for number in range(2, 30))] if wanted else []
        slug = next((slug for slug in candidates if slug not in slugs), f"c-{new_code(8).lower()}")
        slugs.add(slug)
        ids[path.casefold()] = new_id("cat")
        parent_id = ids[PATH_SEPARATOR.join(above).casefold()] if above else None
        row = {"merchant_id": merchant_id, "id": ids[path.casefold()], "parent_id": parent_id, "name": name}
        # one at a time: a child needs its parent's row, and new shelves are few
        db.session.execute(insert(Category), [row | {"slug": slug, "path": path, "position": 0}])
    return ids


def _write_products(merchant_id: str, plans: Sequence[Plan], ids: Mapping[str, str]) -> None:
    moment = clock.now()
    new, changed = [], []
    for plan in plans:
        values = _product_values(plan)
        values |= {"id": ids[plan.draft.handle], "updated_at": moment}
        if plan.stored is None:
            new.append(
                values | {"merchant_id": merchant_id, "slug": plan.draft.handle, "version": 1, "created_at": moment}
            )
        else:
            changed.append(values)
    _insert(Product, new)
    _update(Product, merchant_id, changed, changed=True)


def _product_values(plan: Plan) -> dict[str, Any]:
    draft: ProductDraft = plan.draft
    return {
        "name": draft.title,
        "description_html": draft.description_html,
        "vendor": draft.vendor,
        "tags": list(draft.tags),
        "options": option_values(draft, plan.stored),
        "published": draft.published,
        "archived": False,
        "content_hash": plan.content_hash,
        "seo_title": draft.seo_title,
        "seo_description": draft.seo_description,
    }


def _write_variants(merchant_id: str, plans: Sequence[Plan], ids: Mapping[str, str]) -> dict[tuple[str, int], str]:
    """Write the variants; gives the id of each by handle and place."""
    found: dict[tuple[str, int], str] = {}
    new, changed, freed = [], [], []
    for plan in plans:
        freed += [variant.id for variant in plan.retired]
        for place, (variant, match) in enumerate(zip(plan.draft.variants, plan.matches, strict=True)):
            values = _variant_values(variant, place)
            found[plan.draft.handle, place] = match.id if match else new_id("var")
            values["id"] = found[plan.draft.handle, place]
            if match is None:
                new.append(values | {"merchant_id": merchant_id, "product_id": ids[plan.draft.handle]})
            else:
                changed.append(values)
                if match.draft.sku and match.draft.sku != variant.sku:
                    freed.append(match.id)
    freed += _held_by_retired(merchant_id, plans)
    retired = {variant.id for plan in plans for variant in plan.retired}
    for part in _chunks(freed):  # SKUs change hands: first all are let go, then taken
        db.session.execute(
            update(Variant)
            .where(Variant.merchant_id == merchant_id, Variant.id.in_(part))
            .values(sku=None)
            .execution_options(synchronize_session=False)
        )
    for part in _chunks(sorted(retired)):
        db.session.execute(
            update(Variant)
            .where(Variant.merchant_id == merchant_id, Variant.id.in_(part))
            .values(active=False)
            .execution_options(synchronize_session=False)
        )
    _update(Variant, merchant_id, changed)
    _insert(Variant, new)
    return found


def _variant_values(variant: VariantDraft, place: int) -> dict[str, Any]:
    return {
        "sku": variant.sku or None,
        "barcode": variant.barcode,
        "option_values": list(variant.option_values),
        "label": " / ".join(variant.option_values),
        "price_minor": variant.price_minor,
        "compare_at_minor": variant.compare_at_minor,
        "cost_minor": variant.cost_minor,
        "weight_grams": variant.weight_grams,
        "taxable": variant.taxable,
        "requires_shipping": variant.requires_shipping,
        "position": place,
        "active": True,
    }


def sku_holders(merchant_id: str, skus: Sequence[str]) -> list[Any]:
    """Who has these SKUs now: variant id, SKU, whether it is for sale, product id and name."""
    found: list[Any] = []
    for part in _chunks(sorted(skus)):
        found += db.session.execute(
            select(Variant.id, Variant.sku, Variant.active, Variant.product_id, Product.name)
            .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
            .where(Variant.merchant_id == merchant_id, Variant.sku.in_(part))
        ).all()
    return found


def _held_by_retired(merchant_id: str, plans: Sequence[Plan]) -> list[str]:
    """Variants no longer for sale that still have a SKU which a plan gives to another."""
    wanted = {variant.sku for plan in plans for variant in plan.draft.variants if variant.sku}
    kept = {match.id for plan in plans for match in plan.matches if match}
    return [row.id for row in sku_holders(merchant_id, list(wanted)) if not row.active and row.id not in kept]


def _write_images(
    merchant_id: str, plans: Sequence[Plan], ids: Mapping[str, str], variant_ids: Mapping[tuple[str, int], str]
) -> None:
    new, changed, gone = [], [], []
    for plan in plans:
        handle = plan.draft.handle
        taken: set[str] = set()
        own = {image.key: image for image in reversed(plan.stored.images)} if plan.stored else {}
        for place, (key, alt, shown) in enumerate(pictures(plan.draft)):
            values = {
                "alt": alt,
                "position": place,
                "variant_id": None if shown is None else variant_ids[handle, shown],
            }
            if (image := own.pop(key, None)) is not None:
                changed.append(values | {"id": image.id})
                taken.add(image.id)
            else:
                url = plan.draft.images[place].url
                new.append(
                    values
                    | {"merchant_id": merchant_id, "id": new_id("img"), "product_id": ids[handle], "source_url": url}
                    | {"asset_hash": key.removeprefix("asset:") if key.startswith("asset:") else None}
                )
        left = [image for image in (plan.stored.images if plan.stored else ()) if image.id not in taken]
        gone += [image.id for image in left if not image.uploaded]
        for place, image in enumerate((image for image in left if image.uploaded), start=len(plan.draft.images)):
            changed.append({"id": image.id, "alt": image.alt, "position": place, "variant_id": image.variant_id})
    _know_assets(merchant_id, new)
    for part in _chunks(gone):
        db.session.execute(
            delete(ProductImage)
            .where(ProductImage.merchant_id == merchant_id, ProductImage.id.in_(part))
            .execution_options(synchronize_session=False)
        )
    _update(ProductImage, merchant_id, changed)
    _insert(ProductImage, new)


def _know_assets(merchant_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Pictures under an address of this shop are the shop's own, if it has them; all others stay addresses."""
    wanted = {row["asset_hash"] for row in rows if row["asset_hash"]}
    known = set()
    if wanted:
        known = set(
            db.session.scalars(select(Asset.hash).where(Asset.merchant_id == merchant_id, Asset.hash.in_(wanted)))
        )
    for row in rows:
        if row["asset_hash"] in known:
            row["source_url"] = ""
        else:
            row["asset_hash"] = None


def _write_standing(
    merchant_id: str, plans: Sequence[Plan], ids: Mapping[str, str], shelves: Mapping[str, str]
) -> None:
    moved = [plan for plan in plans if plan.stored is None or "categories" in plan.changes]
    for part in _chunks([plan.stored.id for plan in moved if plan.stored]):
        db.session.execute(
            delete(ProductCategory)
            .where(ProductCategory.merchant_id == merchant_id, ProductCategory.product_id.in_(part))
            .execution_options(synchronize_session=False)
        )
    standing = {
        (ids[plan.draft.handle], shelves[PATH_SEPARATOR.join(path).casefold()])
        for plan in moved
        for path in plan.draft.category_paths
    }
    _insert(
        ProductCategory,
        [
            {"merchant_id": merchant_id, "product_id": product_id, "category_id": category_id}
            for product_id, category_id in sorted(standing)
        ],
    )


def _write_stock(merchant_id: str, plans: Sequence[Plan], variant_ids: Mapping[tuple[str, int], str]) -> None:
    counts: dict[str, int] = {}
    tracked: dict[str, bool] = {}
    for plan in plans:
        for wish in plan.stock:
            match = plan.matches[wish.position]
            variant_id = match.id if match else variant_ids[plan.draft.handle, wish.position]
            if wish.on_hand is not None:
                counts[variant_id] = wish.on_hand
            if match is None or not match.stocked or match.tracked != wish.counted:
                tracked[variant_id] = wish.counted
    for part in _chunks(sorted(counts)):
        set_stock_many(merchant_id, {variant_id: counts[variant_id] for variant_id in part}, reason="import")
    for part in _chunks(sorted(tracked)):
        set_tracked_many(merchant_id, {variant_id: tracked[variant_id] for variant_id in part})


def _remember(merchant_id: str, plans: Sequence[Plan]) -> None:
    """Keep what the file said, so that the same figures of stock are not taken for a new count."""
    rows = [
        {"id": plan.stored.id, "content_hash": plan.content_hash}
        for plan in plans
        if plan.stored and not plan.changes and plan.stored.content_hash != plan.content_hash
    ]
    _update(Product, merchant_id, rows)
