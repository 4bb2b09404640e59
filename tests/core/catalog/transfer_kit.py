"""Helpers of the tests of catalogue files: reading from text, and drafts by chance in their normal form."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from core.catalog.transfer.cells import PRICE_MINOR_MAX
from core.catalog.transfer.descriptions import safe_description
from core.catalog.transfer.detect import open_catalog
from core.catalog.transfer.drafts import ImageDraft, ProductDraft, ReadOptions, RefusedProduct, VariantDraft
from core.catalog.transfer.reading import read_products

FIXTURES = Path(__file__).parent / "fixtures"
OPTIONS = ReadOptions(decimals=2, today=date(2026, 11, 23))


def read(source, options=OPTIONS):
    """All products of a file given as path, bytes or text."""
    if isinstance(source, str):
        source = source.encode()
    file = open_catalog(io.BytesIO(source) if isinstance(source, bytes) else source)
    return list(read_products(file, options))


def read_one(source):
    [product] = read(source)
    return product


def codes(products):
    """(line, column, code) of every problem, in order."""
    return [
        (problem.line, problem.column, problem.code)
        for product in products
        if isinstance(product, RefusedProduct)
        for problem in product.problems
    ]


def good(products):
    return [product.handle for product in products if isinstance(product, ProductDraft)]


_SIGNS = "abcXYZ 0189=+-@'\"\\,;>\n\té茶龙＝<&"
_line = st.text(alphabet=_SIGNS, max_size=14).map(lambda text: " ".join(text.split()))
_word = _line.filter(bool)
_tag = _line.map(lambda text: " ".join(text.replace(",", " ").split()).rstrip("\\ ")).filter(bool)
_shelf = _word.map(lambda text: " ".join(text.replace(">", "").split()).rstrip("\\ ")).filter(bool)
_price = st.integers(0, PRICE_MINOR_MAX - 1)
_handle = st.sampled_from(["tea", "cup-2", "0", "龙井-茶", "a_b"])
_url = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9,?=&%-]{0,12}", fullmatch=True).filter(
    lambda url: not url.endswith("\\")
)


def _unique(values, key):
    return {key(value): value for value in values}.values()


@st.composite
def variant_drafts(draw, sku, option_values, image_urls, shared_stock=True):
    price = draw(_price)
    counted = draw(st.booleans())
    stock = draw(st.integers(0, 9999)) if counted else None
    return VariantDraft(
        price_minor=price,
        sku=sku,
        barcode=draw(_line).lstrip("'").strip(),
        option_values=option_values,
        compare_at_minor=draw(st.none() | st.integers(price + 1, PRICE_MINOR_MAX)),
        cost_minor=draw(st.none() | _price),
        weight_grams=draw(st.integers(0, 10**6)),
        stock=stock,
        counted=counted,
        taxable=draw(st.booleans()),
        requires_shipping=draw(st.booleans()),
        image_url=draw(st.none() | st.sampled_from(image_urls)) if image_urls and option_values else None,
    )


@st.composite
def product_drafts(draw, handle, number, categories_max):
    images = [
        ImageDraft(url, draw(_line), place)
        for place, url in enumerate(draw(st.lists(_url, max_size=4, unique=True)), start=1)
    ]
    options = tuple(_unique(draw(st.lists(_word, max_size=3)), str.casefold))
    choices = [()]
    if options:
        value = st.tuples(*(_word | st.sampled_from(["S", "M"]) for _ in options))
        found = draw(st.lists(value, min_size=1, max_size=4))
        choices = list(_unique(found, lambda values: tuple(part.casefold() for part in values)))
    title = draw(_word)
    description = safe_description(draw(st.text(alphabet="ab <>/p=-&;\\n\n茶", max_size=40)))
    if description != safe_description(description.replace("\\", "&#92;")):
        description = ""
    paths = draw(st.sets(st.lists(_shelf, min_size=1, max_size=3).map(tuple), max_size=categories_max))
    paths = {path for path in paths if path[0].casefold() != "uncategorized"}
    return ProductDraft(
        handle=handle,
        title=title,
        variants=tuple(
            draw(variant_drafts(f"{number}-{place}" if draw(st.booleans()) else "", choice, [i.url for i in images]))
            for place, choice in enumerate(choices)
        ),
        description_html=description,
        vendor=draw(_line.map(lambda text: text.rstrip("\\ "))),
        category_paths=tuple(sorted(paths)),
        tags=tuple(_unique(draw(st.lists(_tag, max_size=3)), str.casefold)),
        published=draw(st.booleans()),
        options=options,
        images=tuple(images),
        seo_title=draw(_line),
        seo_description=draw(_line),
    )


@st.composite
def catalogs(draw, categories_max):
    """Some products with different handles and SKUs."""
    handles = draw(st.lists(_handle, min_size=1, max_size=4, unique=True))
    return [draw(product_drafts(handle, number, categories_max)) for number, handle in enumerate(handles)]
