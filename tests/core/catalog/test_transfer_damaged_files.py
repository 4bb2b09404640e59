import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.catalog.transfer.detect import CatalogFileRefused, open_catalog
from core.catalog.transfer.drafts import ProductDraft, RefusedProduct
from core.catalog.transfer.rows import ROW_CHARS_MAX
from core.catalog.transfer.words import TEMPLATES

from .transfer_kit import FIXTURES, codes, good, read

HEAD = "Handle,Title,Body (HTML),Variant SKU,Variant Price,Image Src\n"
SOUND = "a,A,,,1,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_in_the_usual_encodings_read_alike(encoding):
    text = (FIXTURES / "shopify_old.csv").read_text(encoding="utf-8")
    assert read(text.encode(encoding)) == read(FIXTURES / "shopify_old.csv")


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("preface", ["", "sep={}\r\n", "\r\n"])
def test_files_saved_again_by_a_spreadsheet_read_alike(delimiter, preface):
    rows = "Handle,Title,Variant Price,Image Src\na,A,1.5,\n".replace(",", delimiter)
    [product] = read(preface.format(delimiter) + rows.replace("\n", "\r\n"))
    assert (product.handle, product.variants[0].price_minor) == ("a", 150)
    assert product.source_lines == ((3, 3) if preface else (2, 2))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\n\n", "file_empty"),
        (b"\x1f\x8b\x08", "file_is_spreadsheet"),
        (b"<!DOCTYPE html><title>Sign in</title>", "file_is_html"),
        (b"a,b,c\n1,2,3\n", "format_unknown"),
        (("ID,类型,SKU,名称" + ",列" * 30 + "\n").encode(), "format_translated"),
        (b"Name,Email,Financial Status\n#1001,x@example.com,paid\n", "format_unknown"),
        (b"Handle,Title,Option1 Name,Option1 Value,Image Src\n", "columns_missing"),
        (b"ID,Type,SKU,Name,Published,In stock?,Categories\n", "columns_missing"),
        (b"Handle,Title,Title,Variant Price,Image Src\n", "column_twice"),
        ("Handle,Title,Variant Price,Image Src\na,Caf\u00e9 cr\u00e8me,1,\n".encode("latin-1"), "encoding_unknown"),
        (b"Handle,Title,Variant Price,Image Src\na,A,1,\nb,\xff\xff\x80,1,\n", "encoding_unknown"),
    ],
)
def test_what_is_no_product_export_is_refused_in_words(content, code):
    with pytest.raises(CatalogFileRefused) as refused:
        open_catalog(io.BytesIO(content))
    assert refused.value.code == code
    assert str(refused.value)
    if code == "format_unknown":
        assert "“" in str(refused.value)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(CatalogFileRefused, match=r"nothing\.csv"):
        open_catalog(tmp_path / "nothing.csv")


def test_a_quotation_mark_never_closed_spoils_its_own_product_only():
    products = read(HEAD + SOUND + 'b,"B,,,2,\n' + "c,C,,,3,\n" + 'd,D,"<p>x</p>",,4,\n')
    assert good(products) == ["a", "c", "d"]
    assert codes(products) == [(3, "", "quote_unclosed")]


def test_a_quotation_mark_never_closed_in_a_very_long_file_does_not_swallow_it():
    filler = "".join(f"p{number},P,{'x' * 990},,1,\n" for number in range(ROW_CHARS_MAX // 1000 + 500))
    products = read(HEAD + 'b,"B,,,2,\n' + filler)
    assert codes(products) == [(2, "", "quote_unclosed")]
    assert len(good(products)) == ROW_CHARS_MAX // 1000 + 500


@pytest.mark.parametrize("row", ["b,B,,2,\n", "b,B,,,2,,,x\n"])
def test_rows_with_too_few_or_too_many_cells_are_refused(row):
    products = read(HEAD + SOUND + row + "c,C,,,3,\n")
    assert good(products) == ["a", "c"]
    assert {problem[2] for problem in codes(products)} & {"too_few_cells", "too_many_cells"}
    assert codes(products)[0][0] == 3


def test_a_broken_row_spoils_the_product_it_names():
    products = read(HEAD + SOUND + "a,,,,2\n")
    assert good(products) == []
    assert (3, "", "too_few_cells") in codes(products)


def test_empty_cells_beyond_the_header_do_no_harm():
    assert good(read(HEAD + "a,A,,,1,,,,\n\n,,,,,\n")) == ["a"]


def test_an_enormous_cell_is_refused_and_reading_goes_on():
    products = read(HEAD + f'a,A,"{"x" * 1_000_000}",,1,\n' + "b,B,,,1,\n")
    assert good(products) == ["b"]
    assert codes(products) == [(2, "Body (HTML)", "cell_too_large")]


def test_a_line_without_an_end_is_refused_and_reading_goes_on():
    products = read(HEAD + SOUND + "x" * (ROW_CHARS_MAX + 10) + "\n" + "b,B,,,1,\n")
    assert "b" in good(products)
    assert (3, "", "line_too_long") in codes(products)


def test_every_problem_has_words_that_can_be_filled():
    for code in TEMPLATES:
        assert TEMPLATES[code].count("%(") == TEMPLATES[code].count(")s")


_CELLS = st.text(alphabet=st.sampled_from('ab,;"\n\r\t\x00=-1. 茶<>'), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            HEAD,
            "Handle,Title,Variant Price,Image Src,Option1 Name,Option1 Value,Tags,Published\n",
            "ID,Type,SKU,Name,Regular price,In stock?,Stock,Parent,Categories,Attribute 1 name,Attribute 1 value(s)\n",
        ]
    ),
    st.lists(st.lists(_CELLS, max_size=12).map(",".join), max_size=8).map("\n".join),
)
@example("ID,Type,Name,Regular price,Parent,In stock?\n", "1,variation,x,1,1,\n1,variable,x,,,\n")
def test_no_damage_makes_the_reader_fail(head, body):
    for product in read(head + body):
        assert isinstance(product, ProductDraft | RefusedProduct)
        if isinstance(product, RefusedProduct):
            assert product.problems
            assert all(problem.message and problem.line > 1 for problem in product.problems)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_the_reader_fail(content):
    for start in (b"", b"Handle,Title,Variant Price,Image Src\n"):
        try:
            for product in read(start + content):
                assert isinstance(product, ProductDraft | RefusedProduct)
        except CatalogFileRefused as refused:
            assert str(refused)
