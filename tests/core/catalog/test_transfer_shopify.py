import csv

import pytest

from core.catalog.transfer.drafts import ImageDraft, ProductDraft

from .transfer_kit import FIXTURES, codes, good, read, read_one

HEAD = (
    "Handle,Title,Body (HTML),Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,"
    "Variant Compare At Price,Image Src,Image Position,Gift Card,Status\n"
)
COLUMNS = next(csv.reader([HEAD]))


def row(**cells):
    names = {
        "handle": "Handle",
        "title": "Title",
        "price": "Variant Price",
        "sku": "Variant SKU",
        "option": "Option1 Name",
        "value": "Option1 Value",
        "option2": "Option2 Name",
        "value2": "Option2 Value",
        "image": "Image Src",
        "qty": "Variant Inventory Qty",
        "tracker": "Variant Inventory Tracker",
        "status": "Status",
        "gift": "Gift Card",
        "compare": "Variant Compare At Price",
        "body": "Body (HTML)",
        "position": "Image Position",
        "published": "Published",
    }
    found = {names[name]: value for name, value in cells.items()}
    return ",".join('"' + found[name].replace('"', '""') + '"' if name in found else "" for name in COLUMNS) + "\n"


def test_a_real_export_of_the_old_kind_is_read_in_full():
    longjing, lesson, gaiwan = read(FIXTURES / "shopify_old.csv")
    assert (longjing.handle, longjing.title, longjing.vendor) == (
        "longjing-green-tea",
        "明前龙井 Longjing",
        "Meijiawu Farm",
    )
    assert (
        longjing.description_html == "<p>Pan-fired by hand in <strong>Xihu</strong>.</p>\n\n<p>Chestnut, sweet pea.</p>"
    )
    assert longjing.category_paths == (("Tea", "Green tea"),)
    assert longjing.tags == ("2026 harvest", "green", "spring")
    assert longjing.options == ("Size", "Grade")
    first, second, third = longjing.variants
    assert (first.price_minor, first.compare_at_minor, first.cost_minor) == (12800, 15800, 6150)
    assert (first.sku, first.barcode, first.weight_grams, first.stock) == ("LJ-50-1", "6901234567892", 50, 24)
    assert first.image_url == "https://cdn.example.com/s/files/1/longjing-50.jpg?v=1711"
    assert [variant.option_values for variant in longjing.variants] == [
        ("50 g", "First"), ("100 g", "First"), ("100 g", "Second"),
    ]  # fmt: skip
    assert (second.stock, second.counted) == (0, True)
    assert (third.stock, third.counted, third.compare_at_minor) == (None, False, None)
    assert [image.alt for image in longjing.images] == ["Leaves on paper", "", "In the cup", ""]
    assert [(note.line, note.code) for note in longjing.notes] == [(5, "stock_negative")]
    assert longjing.source_lines == (2, 7)
    assert (lesson.published, lesson.options, lesson.variants[0].requires_shipping) == (False, (), False)
    assert (gaiwan.published, gaiwan.variants[0].weight_grams, gaiwan.category_paths) == (False, 231, (("Teaware",),))


def test_a_real_export_with_the_new_column_names_is_read_in_full():
    cup, wrapping = read(FIXTURES / "shopify_2024.csv")
    assert cup.category_paths == (("Home & Garden", "Kitchen & Dining", "Tableware"),)
    assert [variant.option_values for variant in cup.variants] == [("Small", "Plum green"), ("Large", "Plum green")]
    assert cup.variants[1].image_url == "https://img.example.com/cup-large.jpg"
    assert cup.images[1] == ImageDraft("https://img.example.com/cup-large.jpg", "", 2)
    assert (cup.published, cup.variants[1].compare_at_minor) == (True, 6000)
    assert (wrapping.variants[0].taxable, wrapping.variants[0].counted) == (False, False)


def test_rows_of_a_product_that_stand_apart_are_refused_in_both_places():
    products = read(
        HEAD
        + row(handle="a", title="A", price="1")
        + row(handle="b", title="B", price="1")
        + row(handle="a", value="x", price="2")
    )
    assert good(products) == ["b"]
    assert (2, "Handle", "rows_apart") in codes(products)
    assert (4, "Handle", "rows_apart") in codes(products)


def test_one_wrong_row_refuses_its_product_and_no_other():
    products = read(
        HEAD
        + row(handle="a", title="A", option="Size", value="S", price="1")
        + row(handle="a", value="M", price="12.3456")
        + row(handle="b", title="B", price="1")
    )
    assert good(products) == ["b"]
    assert codes(products) == [(3, "Variant Price", "price_digits")]
    assert "12.3456" in products[0].problems[0].message


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (row(handle="a", price="1"), (2, "Title", "title_missing")),
        (row(handle="a", title="A"), (2, "Variant Price", "price_missing")),
        (row(handle="a", title="A", price="-1"), (2, "Variant Price", "price_negative")),
        (
            row(handle="a", title="A", price="1", qty="many", tracker="shopify"),
            (2, "Variant Inventory Qty", "number_unreadable"),
        ),
        (row(handle="a b", title="A", price="1"), (2, "Handle", "handle_invalid")),
        (row(price="1"), (2, "Handle", "handle_missing")),
        (row(handle="a", title="A", price="1", gift="TRUE"), (2, "Gift Card", "gift_card")),
        (row(handle="a", title="A", price="1", status="sold"), (2, "Status", "status_unknown")),
        (row(handle="a", title="A", price="1", published="maybe"), (2, "Published", "yes_no_unreadable")),
        (row(handle="a", title="A", price="1", image="picture.jpg"), (2, "Image Src", "url_invalid")),
        (row(handle="a", title="A", price="1", value="S"), (2, "Option1 Name", "option_name_missing")),
        (row(handle="a", title="A", price="1", option="Size"), (2, "Option1 Value", "option_value_missing")),
        (row(handle="a", title="A", price="1", option2="Size", value2="S"), (2, "Option1 Name", "option_name_missing")),
        (row(handle="a", title="t" * 300, price="1"), (2, "Title", "text_too_long")),
        (row(handle="a", title="A\x00", price="1"), (2, "Title", "nul_character")),
    ],
)
def test_each_problem_names_its_line_and_column(rows, problem):
    products = read(HEAD + rows + row(handle="z", title="Z", price="1"))
    assert problem in codes(products)
    assert good(products) == ["z"]


def test_two_variants_with_the_same_options_are_refused():
    products = read(
        HEAD + row(handle="a", title="A", option="Size", value="S", price="1") + row(handle="a", value="s", price="2")
    )
    assert codes(products) == [(3, "Option1 Value", "variant_twice")]


def test_a_sku_used_twice_in_the_file_is_refused_in_both_products():
    products = read(
        HEAD + row(handle="a", title="A", price="1", sku="X") + row(handle="b", title="B", price="1", sku="X")
    )
    assert codes(products) == [(2, "Variant SKU", "sku_twice"), (3, "Variant SKU", "sku_twice")]
    assert "line 3" in products[0].problems[0].message


def test_pictures_are_ordered_by_their_position():
    product = read_one(
        HEAD
        + row(handle="a", title="A", price="1", image="https://x.example/2.png", position="2")
        + row(handle="a", image="https://x.example/1.png", position="1")
        + row(handle="a", image="https://x.example/2.png", position="3")
    )
    assert [(image.url[-5:], image.position) for image in product.images] == [("1.png", 1), ("2.png", 2)]


def test_a_product_without_a_handle_gets_one_from_its_title():
    tea, cup = read(HEAD + row(title="Jasmine & Rose", price="1") + row(title="青花 杯", price="1"))
    assert (tea.handle, cup.handle) == ("jasmine-rose", "青花-杯")


def test_a_compare_at_price_below_the_price_is_left_out_with_a_note():
    product = read_one(HEAD + row(handle="a", title="A", price="10", compare="5"))
    assert isinstance(product, ProductDraft)
    assert product.variants[0].compare_at_minor is None
    assert [note.code for note in product.notes] == ["compare_at_ignored"]
