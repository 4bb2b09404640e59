import io
import re

import pytest
from PIL import Image

from core.base.database import db
from core.catalog import queries, service
from core.catalog.details import ProductDetails, VariantDetails
from core.inventory.queries import movements, stock_of
from core.worker.tasks import run_waiting_task
from tests.trade import make_variant, paid_order

PLAIN = {"name": "Longjing", "variants-0-price": "68.00", "variants-0-on_hand": "5", "variants-0-tracked": "1"}


def listed(merchant_id: str):
    db.session.remove()
    return queries.products_for_console(merchant_id).rows


def new_product(merchant_id: str, name: str = "Longjing", **details) -> str:
    return service.create_product(merchant_id, ProductDetails(name=name, **details), variants=[VariantDetails(6800)])


def png(colour: str = "teal") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    out.seek(0)
    return out


def test_a_product_is_made_and_stands_in_the_list(desk, tea):
    page = desk.done("/console/products/new", {**PLAIN, "published": "1", "tags": "green，spring", "do": "save"})
    assert "Longjing" in page
    (card,) = listed(tea)
    assert (card.price_from_minor, card.available, card.published) == (6800, 5, True)
    assert queries.product_by_id(tea, card.id).tags == ("green", "spring")


def test_options_make_a_table_of_variants_that_keeps_what_was_typed(desk, tea):
    data = {**PLAIN, "options-0-name": "Size", "options-0-values": "S, L", "do": "variants"}
    form = desk.post("/console/products/new", data)
    assert form.status_code == 200 and form.text.count('-price" value="68.00"') == 2
    rows = {
        f"variants-{i}-{name}": value
        for i, (size, price) in enumerate([("S", "10"), ("L", "20.5")])
        for name, value in (("option_values", size), ("price", price), ("on_hand", "1"), ("tracked", "1"))
    }
    saved = {"name": "Longjing", "options-0-name": "Size", "options-0-values": "S, L", "do": "save", **rows}
    desk.done("/console/products/new", saved)
    (card,) = listed(tea)
    assert [(v.label, v.price_minor) for v in queries.product_by_id(tea, card.id).variants] == [
        ("S", 1000),
        ("L", 2050),
    ]


def test_options_changed_at_the_last_moment_are_shown_before_they_are_saved(desk, tea):
    data = {**PLAIN, "options-0-name": "Size", "options-0-values": "S, L", "do": "save"}
    answer = desk.post("/console/products/new", data)
    assert answer.status_code == 422 and "Make the variants" in answer.text
    assert listed(tea) == ()


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"name": ""}, "name-error"),
        ({"variants-0-price": ""}, "variants.0.price-error"),
        ({"variants-0-price": "9.999"}, "variants.0.price-error"),
        ({"variants-0-weight_grams": "heavy"}, "variants.0.weight_grams-error"),
        ({"variants-0-on_hand": "-3"}, "variants.0.on_hand-error"),
        ({"name": "x" * 300}, "name-error"),
    ],
)
def test_what_cannot_be_is_marked_at_its_field_and_what_was_typed_stays(desk, tea, changes, marked):
    answer = desk.post("/console/products/new", {**PLAIN, "vendor": "Master Lin", "do": "save", **changes})
    assert answer.status_code == 422
    assert f'id="{marked}"' in answer.text and 'value="Master Lin"' in answer.text
    assert listed(tea) == ()


def test_nonsense_in_the_form_never_breaks_the_page(desk):
    for data in (
        {},
        {"do": "variants"},
        {"do": "variants", "options-0-name": "A", "options-0-values": ",".join(map(str, range(300)))},
        {"variants-0-price": "1", "variants-0-option_values": "\x1f\x1f", "version": "x" * 50},
        {"name": "A", "variants-0-price": "1e400", "categories": "cat_none", "do": "save"},
        {"name": "A", "variants-0-price": "1", "categories": "cat_none", "do": "save"},
    ):
        assert desk.post("/console/products/new", data).status_code in (200, 404, 422), data


def test_who_saves_second_does_not_overwrite_the_first(desk, tea):
    product_id = new_product(tea)
    variant = queries.product_by_id(tea, product_id).variants[0].id
    data = {"name": "Mine", "version": "1", "variants-0-id": variant, "variants-0-price": "1", "do": "save"}
    desk.done(f"/console/products/{product_id}", data)
    answer = desk.post(f"/console/products/{product_id}", {**data, "name": "Theirs"})
    assert answer.status_code == 409 and "Somebody else" in answer.text and 'value="Theirs"' in answer.text
    assert queries.product_by_id(tea, product_id).name == "Mine"


def test_chosen_products_are_hidden_and_shown_together(desk, tea):
    ids = [new_product(tea, f"Tea {n}") for n in range(3)]
    desk.done("/console/products/publish", {"ids": ids[:2], "publish": "0"})
    assert {card.name for card in listed(tea) if not card.published} == {"Tea 0", "Tea 1"}
    page = desk.done("/console/products/publish", {"ids": ids, "publish": "1", "back": "state=published"})
    assert "2 products are in the shop now" in page


def test_pictures_are_uploaded_described_ordered_and_removed(desk, tea):
    product_id = new_product(tea)
    at = f"/console/products/{product_id}"
    files = [(png("red"), "a.png"), (png("blue"), "b.png"), (io.BytesIO(b"MZ evil"), "virus.png")]
    page = desk.done(f"{at}/pictures", {"pictures": files}, content_type="multipart/form-data")
    assert "2 pictures added" in page and "virus.png: This is not a PNG" in page
    first, second = queries.product_by_id(tea, product_id).images
    assert desk.get(first.small_url).mimetype == "image/webp"
    desk.done(f"{at}/pictures/{second.id}", {"do": "earlier"})
    desk.done(f"{at}/pictures/{first.id}", {"do": "describe", "alt": "Red <leaf>"})
    desk.done(f"{at}/pictures/{second.id}", {"do": "remove"})
    db.session.remove()
    assert [(image.id, image.alt) for image in queries.product_by_id(tea, product_id).images] == [
        (first.id, "Red <leaf>")
    ]
    assert desk.post(f"{at}/pictures/img_none", {"do": "remove"}).status_code == 404


def test_another_merchants_products_pictures_and_shelves_do_not_exist(desk, ceramics):
    product_id = new_product(ceramics)
    variant_id = queries.product_by_id(ceramics, product_id).variants[0].id
    shelf = service.create_category(ceramics, name="Bowls")
    for path in (f"/console/products/{product_id}", f"/console/stock/{variant_id}"):
        assert desk.get(path).status_code == 404, path
    for path, data in (
        (f"/console/products/{product_id}", PLAIN),
        (f"/console/products/{product_id}/pictures", {}),
        (f"/console/stock/{variant_id}", {"number": "1", "note": "x"}),
        (f"/console/categories/{shelf}", {"name": "Mine"}),
        (f"/console/categories/{shelf}/delete", {}),
    ):
        assert desk.post(path, data).status_code == 404, path
    desk.post("/console/products/publish", {"ids": [product_id], "publish": "0"})
    db.session.remove()
    assert queries.product_by_id(ceramics, product_id).published


def test_a_clerk_looks_at_products_but_does_not_change_them(sign_in, tea):
    product_id = new_product(tea)
    clerk = sign_in(tea, "clerk")
    assert 'value="save"' not in clerk.page(f"/console/products/{product_id}")
    assert clerk.post(f"/console/products/{product_id}", PLAIN).status_code == 403
    assert clerk.post("/console/products/publish", {"ids": [product_id], "publish": "0"}).status_code == 403


def test_counts_are_saved_together_and_written_into_the_journal(desk, tea):
    one, two = make_variant(tea, stock=3), make_variant(tea, stock=9)
    data = {f"count-{one}": "5", f"before-{one}": "3", f"count-{two}": "9", f"before-{two}": "9", "note": "Monday"}
    assert "1 count saved" in desk.done("/console/stock", data)
    assert stock_of(tea, one).on_hand == 5
    assert movements(tea, one)[0][0].note == "Monday" and len(movements(tea, two)[0]) == 1
    assert "Monday" in desk.page(f"/console/stock/{one}")


def test_a_count_below_what_is_promised_changes_nothing(desk, tea):
    one, two = make_variant(tea, stock=3), make_variant(tea, stock=9)
    paid_order(tea, one, 2)
    answer = desk.post("/console/stock", {f"count-{one}": "1", f"count-{two}": "4"})
    assert answer.status_code == 409 and f'name="count-{two}" value="4"' in answer.text
    db.session.remove()
    assert stock_of(tea, two).on_hand == 9
    assert desk.post("/console/stock", {f"count-{one}": "many"}).status_code == 422
    assert desk.post("/console/stock", {"count-var_none": "1"}).status_code == 404


def test_stock_is_adjusted_with_a_reason(desk, tea):
    variant_id = make_variant(tea, stock=3)
    at = f"/console/stock/{variant_id}"
    desk.done(at, {"how": "adjust", "number": "-2", "note": "Broken"})
    assert stock_of(tea, variant_id).on_hand == 1
    assert desk.post(at, {"how": "adjust", "number": "-2", "note": "Broken"}).status_code == 422
    assert desk.post(at, {"how": "adjust", "number": "1", "note": ""}).status_code == 422
    desk.done(f"{at}/tracked", {"tracked": "0"})
    db.session.remove()
    assert stock_of(tea, variant_id).available is None


def test_categories_are_made_moved_merged_and_taken_away(desk, tea):
    desk.done("/console/categories", {"name": "Tea"})
    (top,) = queries.categories_tree(tea)
    desk.done("/console/categories", {"name": "Green", "parent_id": top.id})
    assert desk.post("/console/categories", {"name": "Tea"}).status_code == 409
    assert desk.post("/console/categories", {"name": " "}).status_code == 422
    db.session.remove()
    green = queries.flatten(queries.categories_tree(tea))[1]
    desk.page(f"/console/categories?edit={green.id}")
    assert desk.post(f"/console/categories/{top.id}", {"name": "Tea", "parent_id": green.id}).status_code == 422
    desk.done(f"/console/categories/{green.id}", {"name": "White", "parent_id": ""})
    desk.done(f"/console/categories/{green.id}/merge", {"target_id": top.id})
    desk.done(f"/console/categories/{top.id}/delete")
    db.session.remove()
    assert queries.categories_tree(tea) == ()


SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Qty,Variant Price\n"
    "longjing,Longjing,<p>Fine</p>,Lin,TRUE,Title,Default Title,LJ-1,100,7,68.00\n"
    "broken,Broken,,,TRUE,Title,Default Title,B-1,100,7,cheap\n"
)


def test_a_file_is_previewed_confirmed_imported_and_exported(desk, tea):
    sent = desk.post(
        "/console/import",
        {"file": (io.BytesIO(SHOPIFY.encode()), "products.csv")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303, sent.text
    preview = desk.page(sent.location)
    assert "Longjing" in preview and "Variant Price" in preview and listed(tea) == ()
    progress = desk.post(sent.location, {"do": "import"}).location
    assert "data-poll" in desk.page(progress)
    assert run_waiting_task("test")
    done = desk.page(progress)
    assert "The import is done" in done and "Variant Price" in done
    assert [card.name for card in listed(tea)] == ["Longjing"]
    assert desk.get(sent.location).status_code == 404
    file = desk.get("/console/export?format=shopify")
    assert file.mimetype == "text/csv" and "longjing" in file.text
    assert desk.get("/console/export?format=pdf").status_code == 404


@pytest.mark.parametrize("content", [b"", b"\x89PNG nothing", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00"])
def test_what_is_no_catalogue_file_is_refused_with_words(desk, content):
    data = {"file": (io.BytesIO(content), "x.csv")}
    answer = desk.post("/console/import", data, content_type="multipart/form-data")
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_another_merchants_import_is_not_seen(desk, sign_in, ceramics):
    data = {"file": (io.BytesIO(SHOPIFY.encode()), "products.csv")}
    sent = desk.post("/console/import", data, content_type="multipart/form-data")
    task = desk.post(sent.location, {"do": "import"}).location
    other = sign_in(ceramics)
    assert other.get(sent.location).status_code == 404
    assert other.get(task).status_code == 404
    assert re.match(r"/console/import/tasks/tsk_", task)


def test_pictures_are_put_in_order_given_a_variant_and_a_point_to_keep_in_sight(desk, tea):
    product_id = new_product(tea)
    first, second = (service.add_image(tea, product_id, png(colour).getvalue()) for colour in ("teal", "red"))
    variant_id = queries.product_by_id(tea, product_id).variants[0].id
    path = f"/console/products/{product_id}/pictures"
    desk.done(f"{path}/order", {"ids": [second, first]})
    desk.done(f"{path}/{second}", {"do": "later"})
    desk.done(f"{path}/order", {"ids": [second]})
    data = {"do": "describe", "alt": "A tin", "variant_id": variant_id, "focus_x": "20", "focus_y": "90"}
    desk.done(f"{path}/{second}", data)
    desk.done(f"{path}/{second}", {**data, "focus_x": "200"})
    desk.done(f"{path}/{second}", {**data, "variant_id": "var_of_nobody"})
    db.session.remove()
    images = queries.product_by_id(tea, product_id).images
    assert [image.id for image in images] == [second, first]
    assert (images[0].alt, images[0].variant_id, images[0].focus_x, images[0].focus_y) == ("A tin", variant_id, 20, 90)
    assert "fetched again" in desk.done(f"{path}/again")
