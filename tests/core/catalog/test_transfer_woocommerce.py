from core.catalog.transfer.drafts import ProductDraft, RefusedProduct

from .transfer_kit import FIXTURES, codes, good, read, read_one

COLUMNS = [
    "ID", "Type", "SKU", "Name", "Published", "In stock?", "Stock", "Weight (kg)", "Sale price", "Regular price",
    "Categories", "Tags", "Images", "Parent", "Attribute 1 name", "Attribute 1 value(s)", "Tax status",
]  # fmt: skip
HEAD = ",".join(COLUMNS) + "\n"
SHORT = {"id": "ID", "type": "Type", "sku": "SKU", "name": "Name", "published": "Published", "instock": "In stock?",
         "stock": "Stock", "weight": "Weight (kg)", "sale": "Sale price", "price": "Regular price", "parent": "Parent",
         "attribute": "Attribute 1 name", "value": "Attribute 1 value(s)", "categories": "Categories"}  # fmt: skip


def row(**cells):
    found = {SHORT[name]: value for name, value in cells.items()}
    return ",".join(f'"{found[name]}"' if name in found else "" for name in COLUMNS) + "\n"


def parent(number="1", **cells):
    shown = {"id": number, "type": "variable", "name": f"Cup {number}", "attribute": "Glaze", "value": "Ash, Red"}
    return row(**shown | cells)


def variation(value, of="id:1", **cells):
    return row(**{"type": "variation", "parent": of, "attribute": "Glaze", "value": value, "price": "5"} | cells)


def test_a_real_export_is_read_in_full():
    products = read(FIXTURES / "woocommerce.csv")
    cup, visit, recipes = (product for product in products if isinstance(product, ProductDraft))
    assert (cup.handle, cup.title, cup.vendor, cup.published) == (
        "wood-fired-cup",
        "Wood-fired cup",
        "Dragon Kiln",
        True,
    )
    assert cup.description_html == (
        "<p>Each one differs.</p>\n<p>Fired for four days.<br>\nAsh glaze, no two alike.</p>\n<p>Holds 180 ml.</p>"
    )
    assert cup.options == ("Glaze",)
    ash, tenmoku = cup.variants
    assert (ash.option_values, ash.price_minor, ash.compare_at_minor, ash.stock) == (("Ash",), 4800, 6000, 7)
    assert (ash.barcode, ash.weight_grams) == ("6901234567892", 240)
    assert (tenmoku.option_values, tenmoku.price_minor, tenmoku.stock) == (("Tenmoku, dark",), 6550, 0)
    assert tenmoku.weight_grams == 260
    assert [image.url.rsplit("/", 1)[1] for image in cup.images] == ["cup.jpg", "cup-side.jpg", "cup-ash.jpg"]
    assert cup.category_paths == (("Ceramics",), ("Ceramics", "Cups"))
    assert cup.tags == ("wood-fired", "cup")
    assert [note.code for note in cup.notes] == ["attributes_ignored"]
    assert (visit.published, visit.category_paths, visit.variants[0].taxable) == (False, (), False)
    assert (recipes.variants[0].requires_shipping, recipes.variants[0].price_minor) == (False, 900)
    assert recipes.description_html == "<p>A line<br>\nanother</p>"
    assert codes(products) == [(7, "Type", "type_unsupported")]


def test_variations_may_stand_far_from_their_parent_and_before_it():
    products = read(
        HEAD
        + variation("Ash", of="CUP")
        + row(id="2", type="simple", name="Plate", price="9")
        + parent(sku="CUP")
        + row(id="3", type="simple", name="Bowl", price="9")
        + variation("Red", of="id:1")
    )
    assert good(products) == ["plate", "bowl", "cup-1"]
    assert [variant.option_values for variant in products[2].variants] == [("Ash",), ("Red",)]
    assert products[2].source_lines == (2, 6)


def test_a_variation_whose_parent_never_comes_is_named():
    products = read(HEAD + parent() + variation("Ash") + variation("Red", of="id:77") + variation("Red", of=""))
    assert good(products) == ["cup-1"]
    assert codes(products) == [(4, "Parent", "parent_missing"), (5, "Parent", "parent_unnamed")]
    assert any("id:77" in product.problems[0].message for product in products if isinstance(product, RefusedProduct))


def test_a_variation_that_cannot_be_read_stops_all_products_with_variations_but_no_other():
    broken = variation("Red").rstrip("\n") + ",,,,extra\n"
    products = read(HEAD + parent() + variation("Ash") + broken + row(id="3", type="simple", name="Bowl", price="9"))
    assert good(products) == ["bowl"]
    assert (4, "", "too_many_cells") in codes(products)
    assert (2, "", "variation_unreadable") in codes(products)


def test_a_wrong_variation_refuses_the_whole_product():
    products = read(HEAD + parent() + variation("Ash") + variation("Red", price="x"))
    assert codes(products) == [(4, "Regular price", "price_unreadable")]


def test_a_variable_product_without_variations_is_refused():
    assert codes(read(HEAD + parent())) == [(2, "Type", "variations_missing")]


def test_a_variation_for_any_value_is_refused():
    assert codes(read(HEAD + parent() + variation(""))) == [(3, "Attribute 1 value(s)", "variation_any")]


def test_a_variation_that_is_switched_off_is_left_out_with_a_note():
    product = read_one(HEAD + parent() + variation("Ash") + variation("Red", published="0"))
    assert [variant.option_values for variant in product.variants] == [("Ash",)]
    assert [note.code for note in product.notes] == ["variation_disabled"]


def test_a_variation_without_a_weight_has_its_parents():
    product = read_one(HEAD + parent(weight="0.5") + variation("Ash") + variation("Red", weight="0.6"))
    assert [variant.weight_grams for variant in product.variants] == [500, 600]


def test_products_with_one_name_get_different_handles():
    products = read(
        HEAD
        + row(id="7", type="simple", name="Cup", price="1")
        + row(id="8", type="simple", sku="B-2", name="Cup", price="1")
        + row(id="9", type="simple", name="Cup", price="1")
        + row(id="10", type="simple", name="杯", price="1")
    )
    assert good(products) == ["cup", "cup-b-2", "cup-9", "product-10"]


def test_an_id_used_twice_is_refused():
    products = read(
        HEAD + row(id="7", type="simple", name="A", price="1") + row(id="7", type="simple", name="B", price="1")
    )
    assert codes(products) == [(2, "ID", "id_twice"), (3, "ID", "id_twice")]


def test_stock_is_counted_only_where_the_shop_counted_it():
    many, gone, some, shared = read(
        HEAD
        + row(id="1", type="simple", name="A", price="1", instock="1")
        + row(id="2", type="simple", name="B", price="1", instock="0")
        + row(id="3", type="simple", name="C", price="1", instock="1", stock="4")
        + row(id="4", type="simple", name="D", price="1", instock="1", stock="parent")
    )
    found = [(product.variants[0].stock, product.variants[0].counted) for product in (many, gone, some, shared)]
    assert found == [(None, False), (0, True), (4, True), (None, True)]


def test_a_weight_in_an_unknown_unit_is_refused_where_it_is_used():
    head = HEAD.replace("(kg)", "(stone)")
    products = read(
        head
        + row(id="1", type="simple", name="A", price="1", weight="1")
        + row(id="2", type="simple", name="B", price="1")
    )
    assert codes(products) == [(2, "Weight (stone)", "weight_unit_unknown")]
    assert good(products) == ["b"]
