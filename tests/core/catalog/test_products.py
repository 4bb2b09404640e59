import pytest
from sqlalchemy import func, select

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.catalog import queries, service
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.errors import ChangedMeanwhile, ProductNotFound, SkuTaken, SlugTaken, VariantsInvalid
from core.catalog.models import Product, Variant
from core.inventory.models import StockMovement
from core.shops.models import Shop

SIZE = OptionDetails("Size", ("100 g", "250 g"))
TWO = (
    VariantDetails(6800, ("100 g",), sku="LJ-100", on_hand=4),
    VariantDetails(15800, ("250 g",), sku="LJ-250"),
)


def shop_version(merchant_id: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(Shop.version).where(Shop.merchant_id == merchant_id))


def test_a_new_product_is_found_at_its_address_with_its_variants_and_first_stock(merchant):
    product_id = service.create_product(
        merchant, ProductDetails(name="Longjing  Tea", vendor="Lin"), options=[SIZE], variants=TWO
    )
    product = queries.product_by_slug(merchant, "longjing-tea")
    assert product.id == product_id and product.version == 1
    assert product.name == "Longjing Tea"
    assert product.price_from_minor == 6800
    assert [(v.label, v.price_minor, v.sku, v.available) for v in product.variants] == [
        ("100 g", 6800, "LJ-100", 4),
        ("250 g", 15800, "LJ-250", 0),
    ]
    assert db.session.scalars(select(StockMovement.delta)).all() == [4]


def test_a_chinese_name_makes_a_chinese_address_and_a_second_one_gets_a_number(merchant, make_product):
    make_product("西湖龙井")
    make_product("西湖龙井")
    slugs = db.session.scalars(select(Product.slug).order_by(Product.slug)).all()
    assert slugs == ["西湖龙井", "西湖龙井-2"]


def test_a_name_without_letters_still_gets_an_address(merchant, make_product):
    product_id = make_product("☕☕")
    assert queries.product_by_id(merchant, product_id).slug


def test_an_address_that_another_product_has_is_refused_at_its_field(merchant, make_product):
    make_product(slug="green")
    with pytest.raises(SlugTaken) as refused:
        make_product("Other", slug="Green")
    assert "slug" in refused.value.fields


def test_scripts_in_a_description_do_not_survive(merchant, make_product):
    html = '<p onclick="x()">Fine <b>tea</b><script>alert(1)</script><a href="javascript:x">x</a></p>'
    product = queries.product_by_id(merchant, make_product(description_html=html))
    assert "script" not in product.description_html and "onclick" not in product.description_html
    assert "<b>tea</b>" in product.description_html


def test_a_change_counts_up_the_versions_of_product_and_shop(merchant, make_product):
    product_id = make_product()
    before = shop_version(merchant)
    service.update_product(merchant, product_id, ProductDetails(name="New"), expected_version=1)
    product = queries.product_by_id(merchant, product_id)
    assert (product.name, product.version) == ("New", 2)
    assert shop_version(merchant) == before + 1


def test_who_saves_second_is_told_so_and_changes_nothing(merchant, make_product):
    product_id = make_product("Mine")
    service.update_product(merchant, product_id, ProductDetails(name="First"), expected_version=1)
    with pytest.raises(ChangedMeanwhile):
        service.update_product(merchant, product_id, ProductDetails(name="Second"), expected_version=1)
    assert queries.product_by_id(merchant, product_id).name == "First"


def test_variants_that_left_become_inactive_and_those_that_come_back_keep_their_id(merchant):
    product_id = service.create_product(merchant, ProductDetails(name="Tea"), options=[SIZE], variants=TWO)
    small, large = queries.product_by_id(merchant, product_id).variants
    service.save_variants(
        merchant, product_id, [OptionDetails("Size", ("100 g",))], [VariantDetails(7000, ("100 g",), id=small.id)]
    )
    product = queries.product_by_id(merchant, product_id)
    assert [v.id for v in product.variants] == [small.id]
    assert db.session.scalar(select(func.count()).select_from(Variant)) == 2
    service.save_variants(merchant, product_id, [SIZE], TWO)
    assert [v.id for v in queries.product_by_id(merchant, product_id).variants] == [small.id, large.id]


def test_two_variants_can_exchange_their_skus(merchant):
    product_id = service.create_product(merchant, ProductDetails(name="Tea"), options=[SIZE], variants=TWO)
    small, large = queries.product_by_id(merchant, product_id).variants
    service.save_variants(
        merchant,
        product_id,
        [SIZE],
        [
            VariantDetails(1, ("100 g",), id=small.id, sku="LJ-250"),
            VariantDetails(2, ("250 g",), id=large.id, sku="LJ-100"),
        ],
    )
    assert [v.sku for v in queries.product_by_id(merchant, product_id).variants] == ["LJ-250", "LJ-100"]


def test_a_sku_of_another_product_is_refused_at_its_row_and_nothing_is_saved(merchant, make_product):
    make_product(sku="SAME")
    with pytest.raises(SkuTaken) as refused:
        make_product("Other", sku="SAME")
    assert list(refused.value.fields) == ["variants.0.sku"]
    assert db.session.scalar(select(func.count()).select_from(Product)) == 1


@pytest.mark.parametrize(
    ("options", "variants", "field"),
    [
        ([], [], "variants"),
        ([], [VariantDetails(-1)], "variants.0.price"),
        ([SIZE], [VariantDetails(1)], "variants.0.option_values"),
        ([SIZE], [VariantDetails(1, ("1 kg",))], "variants.0.option_values"),
        ([SIZE], [VariantDetails(1, ("100 g",))] * 2, "variants.1.option_values"),
        ([SIZE], [VariantDetails(1, ("100 g",), sku="A"), VariantDetails(1, ("250 g",), sku="A")], "variants.1.sku"),
        ([SIZE, SIZE], [VariantDetails(1, ("100 g", "100 g"))], "options.0.name"),
        ([OptionDetails("Size", ())], [VariantDetails(1, ("x",))], "options.0.values"),
        ([OptionDetails(str(n), ("x",)) for n in range(4)], [VariantDetails(1, ("x",) * 4)], "options"),
        ([], [VariantDetails(1, weight_grams=-1)], "variants.0.weight_grams"),
    ],
)
def test_variants_that_cannot_be_are_refused_at_their_field(merchant, options, variants, field):
    with pytest.raises(VariantsInvalid) as refused:
        service.create_product(merchant, ProductDetails(name="Tea"), options=options, variants=variants)
    assert field in refused.value.fields


def test_a_variant_of_another_product_cannot_be_taken_over(merchant, make_product):
    first, second = make_product("One"), make_product("Two")
    stolen = queries.product_by_id(merchant, first).variants[0].id
    with pytest.raises(NotFound):
        service.save_variants(merchant, second, [], [VariantDetails(1, id=stolen)])


def test_a_product_of_another_merchant_does_not_exist(merchant, other_merchant, make_product):
    product_id = make_product()
    with pytest.raises(ProductNotFound):
        queries.product_by_id(other_merchant, product_id)
    with pytest.raises(ProductNotFound):
        service.update_product(other_merchant, product_id, ProductDetails(name="Mine"), expected_version=1)
    assert service.set_published(other_merchant, [product_id], False) == 0


def test_a_hidden_product_has_no_page_but_its_merchant_sees_it(merchant, make_product):
    product_id = make_product("Secret")
    assert service.set_published(merchant, [product_id], False) == 1
    assert queries.product_by_slug(merchant, "secret") is None
    assert queries.product_by_slug(merchant, "secret", hidden_too=True).version == 2
    assert service.set_published(merchant, [product_id], False) == 0


def test_a_product_without_a_name_is_refused_at_its_field(merchant):
    with pytest.raises(Invalid) as refused:
        service.create_product(merchant, ProductDetails(name="  "), variants=[VariantDetails(1)])
    assert "name" in refused.value.fields
