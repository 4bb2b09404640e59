"""Products, variants, pictures, categories and stock as they go over the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.shapes import Amount, Body, Choice, Flag, Listed, Moment, Shape, Text, Texts, Whole, page_of

STATES = ("published", "hidden", "sold_out", "low")


class CategoryLinkShape(Shape):
    """A category that a product stands in."""

    id = fields.String()
    slug = fields.String()
    name = fields.String()
    path = fields.String()


class VariantShape(Shape):
    """What can be bought. `available` null: not counted, always there."""

    id = fields.String(required=True)
    label = fields.String()
    option_values = fields.List(fields.String())
    sku = fields.String()
    barcode = fields.String()
    price_minor = fields.Integer()
    compare_at_minor = fields.Integer(allow_none=True)
    cost_minor = fields.Integer(allow_none=True)
    weight_grams = fields.Integer()
    taxable = fields.Boolean()
    requires_shipping = fields.Boolean()
    on_hand = fields.Integer()
    reserved = fields.Integer()
    available = fields.Integer(allow_none=True)


class ImageShape(Shape):
    """A picture; its addresses are below the shop's own host."""

    id = fields.String(required=True)
    url = fields.String()
    small_url = fields.String()
    alt = fields.String()
    width = fields.Integer()
    height = fields.Integer()
    variant_id = fields.String(allow_none=True)


class OptionShape(Shape):
    """What variants differ in."""

    name = fields.String()
    values = fields.List(fields.String())


class GiftTermsShape(Shape):
    """Between which amounts buyers of a gift card choose their own (null: only the variants'), how long it lasts."""

    own_min_minor = fields.Integer(allow_none=True)
    own_max_minor = fields.Integer(allow_none=True)
    months = fields.Integer(allow_none=True)


class ProductShape(Shape):
    """A product with all that its page shows."""

    id = fields.String()
    slug = fields.String()
    name = fields.String()
    summary = fields.String()
    description_html = fields.String()
    vendor = fields.String()
    tags = fields.List(fields.String())
    options = fields.List(fields.Nested(OptionShape))
    archived = fields.Boolean(metadata={"description": "Put away: out of the shop and the lists."})
    published = fields.Boolean()
    seo_title = fields.String()
    seo_description = fields.String()
    tax_category_id = fields.String(allow_none=True)
    kind = fields.String(metadata={"description": "goods, or gift_card: never sent, taxed or counted."})
    gift = fields.Nested(GiftTermsShape)
    price_from_minor = fields.Integer()
    version = fields.Integer()
    created_at = Moment()
    updated_at = Moment()
    variants = fields.List(fields.Nested(VariantShape))
    images = fields.List(fields.Nested(ImageShape))
    categories = fields.List(fields.Nested(CategoryLinkShape))


class ProductCardShape(Shape):
    """A product in a list. `available` null: some variant is not counted."""

    id = fields.String()
    slug = fields.String()
    name = fields.String()
    summary = fields.String()
    vendor = fields.String()
    image_url = fields.String()
    published = fields.Boolean()
    version = fields.Integer()
    updated_at = Moment()
    price_from_minor = fields.Integer()
    price_to_minor = fields.Integer()
    compare_at_minor = fields.Integer(allow_none=True)
    variant_count = fields.Integer()
    available = fields.Integer(allow_none=True)


ProductPageShape = page_of(ProductCardShape, "Product")


class ProductQuery(Listed):
    """How the list of products is narrowed."""

    q = fields.String(validate=validate.Length(max=100), metadata={"description": "Words that it holds."})
    state = fields.String(validate=validate.OneOf(STATES))
    category_id = fields.String(validate=validate.Length(max=40))


class OptionBody(Body):
    """What variants differ in."""

    name = Text(60, least=1, required=True)
    values = Texts(60, required=True)


class VariantBody(Body):
    """A variant; with `id` one that is there already. Stock (`on_hand`) counts only when it is new."""

    id = Text(40, allow_none=True)
    option_values = Texts(60, count=3)
    price_minor = Amount(required=True)
    compare_at_minor = Amount(allow_none=True)
    cost_minor = Amount(allow_none=True)
    sku = Text(80)
    barcode = Text(40)
    weight_grams = Whole(0, 1_000_000)
    taxable = Flag()
    requires_shipping = Flag()
    on_hand = Whole()
    tracked = Flag()


class GiftTermsBody(Body):
    """For a gift card: between which amounts buyers may choose their own, and how many months it lasts."""

    own_min_minor = Amount(1, allow_none=True)
    own_max_minor = Amount(1, allow_none=True)
    months = Whole(1, 600, allow_none=True)


class ProductWords(Body):
    """The words of a product."""

    slug = Text(120)
    summary = Text(300)
    description_html = Text(100_000)
    vendor = Text(120)
    tags = Texts(60, count=250)
    published = Flag()
    seo_title = Text(160)
    seo_description = Text(320)
    tax_category_id = Text(40, allow_none=True, metadata={"description": "How it is taxed; null: as all others."})
    category_ids = Texts(40)
    gift = fields.Nested(GiftTermsBody)


class NewProductBody(ProductWords):
    """A new product with its variants; of a gift card each variant is an amount."""

    kind = Choice(("goods", "gift_card"))

    name = Text(255, least=1, required=True)
    options = fields.List(fields.Nested(OptionBody), validate=validate.Length(max=3))
    variants = fields.List(fields.Nested(VariantBody), required=True, validate=validate.Length(1, 250))


class ProductBody(ProductWords):
    """What changes of a product; what is left out stays."""

    name = Text(255, least=1)


class VariantsBody(Body):
    """All variants of a product: those left out leave the catalogue."""

    options = fields.List(fields.Nested(OptionBody), validate=validate.Length(max=3))
    variants = fields.List(fields.Nested(VariantBody), required=True, validate=validate.Length(1, 250))


class ImageQuery(Schema):
    """What a new picture shows, for those who cannot see it."""

    alt = fields.String(load_default="", validate=validate.Length(max=300))


class ImageBody(Body):
    """What a picture shows, and which variant."""

    alt = Text(300, required=True)
    variant_id = Text(40, allow_none=True)


class OrderOfImages(Body):
    """All pictures of the product in their order."""

    image_ids = Texts(40, count=250, required=True)


class CategoryShape(Shape):
    """A shelf of the shop."""

    id = fields.String()
    slug = fields.String()
    name = fields.String()
    path = fields.String()
    parent_id = fields.String(allow_none=True)
    position = fields.Integer()
    depth = fields.Integer()
    product_count = fields.Integer()
    total_count = fields.Integer()


CategoryPageShape = page_of(CategoryShape, "Category")


class CategoryBody(Body):
    """A shelf: its name and where it stands."""

    name = Text(120, least=1, required=True)
    parent_id = Text(40, allow_none=True)
    position = Whole(0, 100_000)


class MergeBody(Body):
    """Where everything of the category goes."""

    target_id = Text(40, least=1, required=True)


class StockShape(Shape):
    """A variant's stock."""

    variant_id = fields.String()
    product_id = fields.String()
    name = fields.String()
    label = fields.String()
    sku = fields.String()
    on_hand = fields.Integer()
    reserved = fields.Integer()
    available = fields.Integer(allow_none=True)
    tracked = fields.Boolean()


StockPageShape = page_of(StockShape, "Stock")


class StockQuery(Listed):
    """How the list of stock is narrowed."""

    q = fields.String(validate=validate.Length(max=100))
    only_ = fields.String(data_key="only", validate=validate.OneOf(("low", "out", "reserved")))


class StockBody(Body):
    """What was counted, or whether it is counted at all."""

    on_hand = Whole()
    tracked = Flag()
    note = Text(200)


class AdjustBody(Body):
    """A correction by some units."""

    delta = Whole(-1_000_000_000, 1_000_000_000, required=True)
    reason = Choice(("adjust", "return", "count"))
    note = Text(200)


class MovementShape(Shape):
    """One change of what is on hand."""

    id = fields.Integer()
    delta = fields.Integer()
    reason = fields.String()
    reference = fields.String()
    note = fields.String()
    actor = fields.String()
    created_at = Moment()


MovementPageShape = page_of(MovementShape, "Movement")
