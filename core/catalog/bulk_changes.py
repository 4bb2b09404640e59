"""What one change does to one product: its values before and after, written and given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import case, delete, insert, select, update

from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.money import Money, minor_digits
from core.catalog.models import Category, Product, ProductCategory, Variant
from core.catalog.prices import PriceRule, new_price
from core.inventory.models import Stock
from core.inventory.service import QUANTITY_MAX, set_stock_many
from core.taxes.models import TaxCategory
from core.taxes.queries import categories_of

Action = Literal[
    "publish", "hide", "archive", "unarchive", "price", "category_add", "category_remove", "tag_add", "tag_remove",
    "vendor", "tax_category", "stock_set", "stock_add",
]  # fmt: skip
ACTIONS: Final = get_args(Action)
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to each product. `text` is a tag or a maker, `number` a stock; amounts are in `price`.

    `category_id` is a shelf, or how it is taxed (empty: as all others).
    """

    action: Action
    text: str = ""
    category_id: str = ""
    number: int = 0
    price: PriceRule | None = None
    keep_before: bool = False
    """Show the price from before beside a lower one."""

    @property
    def is_stock(self) -> bool:
        return self.action in ("stock_set", "stock_add")

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Change:
        """A change as it was kept."""
        price = kept.get("price")
        return Change(**{**kept, "price": PriceRule(**price) if price else None})


@dataclass(slots=True)
class Found:
    """A product with those of its values that the change is about, as plain JSON."""

    id: str
    name: str
    image_url: str
    version: int
    values: Values = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def texts(self, wanted: Values, change: Change, currency: str) -> tuple[str, str]:
        """The values before and after as one line each."""
        return self._text(self.values, change, currency), self._text(wanted, change, currency)

    def _text(self, values: Values, change: Change, currency: str) -> str:
        if change.action == "price":
            digits = minor_digits(currency)
            prices = sorted({pair[0] for pair in values["prices"].values()})
            shown = [f"{Money(price, currency).decimal:.{digits}f}" for price in prices]
            return shown[0] if len(shown) == 1 else f"{shown[0]} – {shown[-1]}" if shown else ""
        if change.is_stock:
            return ", ".join(str(count) for count in values["stock"].values())
        if change.action in ("category_add", "category_remove"):
            return ", ".join(self.names.get(shelf, "…") for shelf in values["categories"])
        if change.action in ("tag_add", "tag_remove"):
            return ", ".join(values["tags"])
        if change.action == "vendor":
            return str(values["vendor"])
        if change.action == "tax_category":
            return self.names.get(values["tax_category_id"] or "", "")
        return ""


def found_products(merchant_id: str, ids: Sequence[str], change: Change, *, lock: bool = False) -> dict[str, Found]:
    """The products with the values that the change is about; at most three statements."""
    query = select(
        *(Product.id, Product.name, Product.image_url, Product.version, Product.published, Product.archived),
        *(Product.vendor, Product.tags, Product.tax_category_id),
    ).where(Product.merchant_id == merchant_id, Product.id.in_(ids))
    if lock:
        query = query.order_by(Product.id).with_for_update()
    kinds = {one.id: one.name for one in categories_of(merchant_id)} if change.action == "tax_category" else {}
    found = {}
    for row in db.session.execute(query).all():
        product = Found(row.id, row.name, row.image_url, row.version)
        if change.action in ("publish", "hide", "archive", "unarchive"):
            product.values = {"published": row.published, "archived": row.archived}
        elif change.action == "vendor":
            product.values = {"vendor": row.vendor}
        elif change.action == "tax_category":
            product.values, product.names = {"tax_category_id": row.tax_category_id}, kinds
        elif change.action in ("tag_add", "tag_remove"):
            product.values = {"tags": list(row.tags)}
        found[row.id] = product
    if change.action == "price":
        _add_prices(merchant_id, found)
    elif change.is_stock:
        _add_stock(merchant_id, found)
    elif change.action in ("category_add", "category_remove"):
        _add_categories(merchant_id, found, change.category_id)
    return found


def _add_prices(merchant_id: str, found: Mapping[str, Found]) -> None:
    for product in found.values():
        product.values = {"prices": {}}
    for row in db.session.execute(
        select(Variant.product_id, Variant.id, Variant.price_minor, Variant.compare_at_minor)
        .where(Variant.merchant_id == merchant_id, Variant.product_id.in_(list(found)), Variant.active)
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):
        found[row.product_id].values["prices"][row.id] = [row.price_minor, row.compare_at_minor]


def _add_stock(merchant_id: str, found: Mapping[str, Found]) -> None:
    for product in found.values():
        product.values = {"stock": {}}
    for row in db.session.execute(
        select(Variant.product_id, Variant.id, Stock.on_hand)
        .join(Stock, (Stock.merchant_id == Variant.merchant_id) & (Stock.variant_id == Variant.id))
        .where(
            Variant.merchant_id == merchant_id,
            Variant.product_id.in_(list(found)),
            Variant.active,
            Stock.tracked,
        )
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):
        found[row.product_id].values["stock"][row.id] = row.on_hand


def _add_categories(merchant_id: str, found: Mapping[str, Found], category_id: str) -> None:
    standing: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    rows = db.session.execute(
        select(ProductCategory.product_id, Category.id, Category.path)
        .select_from(Category)
        .outerjoin(
            ProductCategory,
            (ProductCategory.merchant_id == Category.merchant_id)
            & (ProductCategory.category_id == Category.id)
            & ProductCategory.product_id.in_(list(found)),
        )
        .where(
            Category.merchant_id == merchant_id,
            (Category.id == category_id) | ProductCategory.product_id.is_not(None),
        )
        .order_by(Category.path)
    )
    for product_id, shelf_id, path in rows:
        names[shelf_id] = path
        if product_id is not None:
            standing[product_id].append(shelf_id)
    for product in found.values():
        product.values, product.names = {"categories": standing[product.id]}, names


def after(found: Found, change: Change, currency: str) -> Values:
    """What a product's values would be; the same as now when the change means nothing to it."""
    now = found.values
    match change.action:
        case "publish":
            return {"published": True, "archived": False}
        case "hide":
            return {**now, "published": False}
        case "archive":
            return {"published": False, "archived": True}
        case "unarchive":
            return {**now, "archived": False}
        case "vendor":
            return {"vendor": change.text.strip()}
        case "tax_category":
            return {"tax_category_id": change.category_id or None}
        case "tag_add":
            tag = change.text.strip()
            return {"tags": now["tags"] if tag in now["tags"] else [*now["tags"], tag]}
        case "tag_remove":
            return {"tags": [tag for tag in now["tags"] if tag != change.text.strip()]}
        case "category_add":
            there = now["categories"]
            return {"categories": there if change.category_id in there else [*there, change.category_id]}
        case "category_remove":
            return {"categories": [shelf for shelf in now["categories"] if shelf != change.category_id]}
        case "price":
            rule = cast(PriceRule, change.price)
            return {"prices": {key: _priced(pair, rule, change, currency) for key, pair in now["prices"].items()}}
        case "stock_set":
            return {"stock": dict.fromkeys(now["stock"], change.number)}
        case "stock_add":
            return {"stock": {key: max(0, count + change.number) for key, count in now["stock"].items()}}


def _priced(pair: Sequence[int | None], rule: PriceRule, change: Change, currency: str) -> list[int | None]:
    price, above = cast(int, pair[0]), pair[1]
    new = new_price(price, rule, currency)
    if change.keep_before and new < price:
        above = max(price, above or 0)
    return [new, above if above is not None and above > new else None]


def write(
    merchant_id: str, found: Found, wanted: Values, change: Change, *, edit_id: str, actor_id: str | None
) -> None:
    """Write a product's new values, in the caller's transaction. Raises StockPromised, Invalid for stock."""
    if "prices" in wanted:
        _write_prices(merchant_id, wanted["prices"])
    elif "stock" in wanted:
        counts = {key: min(count, QUANTITY_MAX + 1) for key, count in wanted["stock"].items()}
        set_stock_many(merchant_id, counts, reason="bulk", reference=edit_id, actor_id=actor_id)
    elif "categories" in wanted:
        _write_categories(merchant_id, found, wanted["categories"])
    else:
        kind = wanted.get("tax_category_id")
        if kind is not None and db.session.get(TaxCategory, (merchant_id, kind)) is None:
            raise Invalid(_("There is no such tax category any more."))
        db.session.execute(
            update(Product)
            .where(Product.merchant_id == merchant_id, Product.id == found.id)
            .values(**wanted)
            .execution_options(synchronize_session=False)
        )


def restore(
    merchant_id: str, found: Found, before: Mapping[str, Any], change: Change, *, edit_id: str, actor_id: str | None
) -> None:
    """Give a product back what it was. Stock goes back by the same number, since goods were sold meanwhile."""
    if change.is_stock:
        then = Found(found.id, found.name, found.image_url, found.version, dict(before))
        made = after(then, change, "")["stock"]
        counts = {
            key: max(0, count - (made[key] - before["stock"][key]))
            for key, count in found.values["stock"].items()
            if key in before["stock"]
        }
        set_stock_many(merchant_id, counts, reason="bulk", reference=edit_id, actor_id=actor_id)
        return
    write(merchant_id, found, dict(before), change, edit_id=edit_id, actor_id=actor_id)


def _write_prices(merchant_id: str, prices: Mapping[str, Sequence[int | None]]) -> None:
    if not prices:
        return
    new = case(*((Variant.id == key, pair[0]) for key, pair in prices.items()), else_=Variant.price_minor)
    above = case(*((Variant.id == key, pair[1]) for key, pair in prices.items()), else_=Variant.compare_at_minor)
    db.session.execute(
        update(Variant)
        .where(Variant.merchant_id == merchant_id, Variant.id.in_(list(prices)))
        .values(price_minor=new, compare_at_minor=above)
        .execution_options(synchronize_session=False)
    )


def _write_categories(merchant_id: str, found: Found, wanted: Sequence[str]) -> None:
    now = set(found.values["categories"])
    if gone := now - set(wanted):
        db.session.execute(
            delete(ProductCategory).where(
                ProductCategory.merchant_id == merchant_id,
                ProductCategory.product_id == found.id,
                ProductCategory.category_id.in_(gone),
            )
        )
    there = set(
        db.session.scalars(
            select(Category.id).where(Category.merchant_id == merchant_id, Category.id.in_(set(wanted) - now))
        )
    )
    if there:
        db.session.execute(
            insert(ProductCategory),
            [{"merchant_id": merchant_id, "product_id": found.id, "category_id": shelf} for shelf in sorted(there)],
        )
