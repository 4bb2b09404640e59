"""The words for everything that can be wrong with a catalogue file, in one place so that they can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import current_app, has_app_context

from core.base.i18n import gettext


def N_(text: str) -> str:
    """Mark a message for translation; it is translated when it is shown."""
    return text


#: Problems that stop a product (or the file) and notes that do not. Placeholders are filled by name.
TEMPLATES: Final[dict[str, str]] = {
    # the file as a whole
    "file_missing": N_("The file “%(name)s” does not exist or cannot be opened."),
    "file_empty": N_("The file is empty."),
    "file_too_large": N_("The file is larger than %(limit_mb)s MB. Split it and import the parts one after the other."),
    "file_is_spreadsheet": N_(
        "This is an archive or an old spreadsheet. Save it as XLSX or as “CSV UTF-8”, then import that."
    ),
    "sheet_damaged": N_("This spreadsheet is damaged or protected by a password. Save it anew as XLSX."),
    "sheet_too_large": N_(
        "This spreadsheet is too large once unpacked (more than %(limit_mb)s MB). Split it and import the parts."
    ),
    "file_is_html": N_("This is a web page, not a CSV file. The download may have asked you to sign in."),
    "encoding_unknown": N_(
        "The file's characters are neither UTF-8, UTF-16 nor GB18030 (see line %(line)s). Save it as “CSV UTF-8”."
    ),
    "format_unknown": N_(
        "This is neither a Shopify nor a WooCommerce product export. The first row should hold their column names; "
        "found instead: %(found)s."
    ),
    "format_translated": N_(
        "This may be a WooCommerce export in another language. Set your own language in WordPress to English "
        "(Users, Profile), export again, and import that file."
    ),
    "columns_missing": N_("This looks like a %(format)s export, but these columns are missing: %(missing)s."),
    "column_twice": N_("The column “%(name)s” appears twice. Remove one of the two."),
    # a row as a whole
    "quote_unclosed": N_("A quotation mark in this row is opened and never closed, or stands in the wrong place."),
    "too_many_cells": N_(
        "This row has %(cells)s cells, the header only %(columns)s. A comma outside quotation marks may be the cause."
    ),
    "too_few_cells": N_("This row has only %(cells)s cells, the header has %(columns)s."),
    "line_too_long": N_("This row is longer than %(limit)s characters."),
    "cell_too_large": N_("This cell holds %(chars)s characters; at most %(limit)s are read."),
    "nul_character": N_("This cell holds a NUL character, which text may not contain. The file may be damaged."),
    # cells
    "category_too_deep": N_("A category may stand at most %(limit)s levels deep."),
    "value_missing": N_("This cell is empty, but a value is needed."),
    "text_too_long": N_("This text has %(chars)s characters; at most %(limit)s fit."),
    "price_missing": N_("The price is empty."),
    "price_unreadable": N_("“%(value)s” is not a price. Write only digits and a decimal point, such as 1250.00."),
    "price_ambiguous": N_("“%(value)s” can be read in two ways, with or without thousands. Write it such as 1250.00."),
    "price_digits": N_("“%(value)s” has more digits after the point than the shop's currency allows (%(decimals)s)."),
    "price_negative": N_("“%(value)s” is below zero; a price may not be."),
    "price_too_large": N_("“%(value)s” is larger than any price this shop accepts."),
    "number_unreadable": N_("“%(value)s” is not a whole number."),
    "number_too_large": N_("“%(value)s” is too large."),
    "weight_unreadable": N_("“%(value)s” is not a weight. Write only digits and a decimal point."),
    "weight_unit_unknown": N_("The unit of weight in “%(value)s” is not known. Use kg, g, lbs or oz."),
    "yes_no_unreadable": N_("“%(value)s” is neither yes nor no here. Expected: %(expected)s."),
    "url_invalid": N_("“%(value)s” is not a web address that starts with http:// or https://."),
    "too_many_images": N_("A product may have at most %(limit)s pictures."),
    "too_many_tags": N_("A product may have at most %(limit)s tags."),
    "too_many_variants": N_("A product may have at most %(limit)s variants."),
    "too_many_options": N_("A product may have at most %(limit)s options; this one has more: %(names)s."),
    # products
    "handle_missing": N_("This row has neither a handle nor a title, so it belongs to no product."),
    "handle_invalid": N_("“%(value)s” cannot be part of a web address. Use letters, digits and hyphens."),
    "rows_apart": N_(
        "Rows of the product “%(handle)s” stand apart (see also line %(other)s). Sort the file by handle."
    ),
    "title_missing": N_("The product's first row has no title."),
    "option_name_missing": N_("There is a value for option %(number)s, but the option has no name."),
    "option_value_missing": N_("The option “%(name)s” has no value in this row."),
    "option_twice": N_("Two options of this product have the same name: “%(name)s”."),
    "variant_twice": N_("This combination of options (%(values)s) was already given on line %(other)s."),
    "sku_twice": N_("The SKU “%(sku)s” is also used on line %(other)s."),
    "gift_card": N_("Gift cards cannot be imported."),
    "status_unknown": N_("“%(value)s” is not a known status. Expected: %(expected)s."),
    "type_unsupported": N_("Products of the type “%(value)s” cannot be imported."),
    "variations_missing": N_("This product should have variations, but the file holds none."),
    "variation_any": N_("This variation stands for any “%(name)s”. Give each value a variation of its own."),
    "parent_missing": N_("The product “%(parent)s”, to which this variation belongs, is not in the file."),
    "parent_unnamed": N_("This variation does not say which product it belongs to."),
    "variation_unreadable": N_(
        "A variation on line %(line)s cannot be read, so it is not known to which product it belongs. No product with "
        "variations is imported until that line is put right."
    ),
    "handle_twice": N_("The handle “%(handle)s” is also used on line %(other)s."),
    "date_unreadable": N_("“%(value)s” is not a date such as 2026-11-23."),
    "id_twice": N_("The ID %(id)s is also used on line %(other)s."),
    "row_of_product_refused": N_("Another row of this product has a problem."),
    # the shop as it is
    "sku_taken": N_("The SKU “%(sku)s” belongs to “%(product)s”, another product of this shop."),
    "too_many_categories": N_("The shop would have more than %(limit)s categories."),
    "changed_meanwhile": N_("The product was changed by somebody else at the same moment. Import the file again."),
    # notes: imported all the same
    "compare_at_ignored": N_("The compare-at price is not above the price, so it is left out."),
    "stock_negative": N_("The stock is below zero (%(value)s); it is imported as 0."),
    "stock_of_parent": N_("The stock is kept for the whole product, not for this variation; it is left as it is."),
    "description_images": N_("Pictures inside the description are left out."),
    "attributes_ignored": N_("These attributes are left out: %(names)s."),
    "variation_disabled": N_("This variation is switched off and is left out."),
    "sale_not_now": N_("The sale price does not apply today; the regular price is used."),
    "hidden_unpublished": N_("The product is hidden in the catalogue; it is imported unpublished."),
    "stock_promised": N_("%(reserved)s are promised to open orders, so the stock is set to that instead of %(value)s."),
    "row_without_data": N_("This row holds neither a variant nor a picture and is skipped."),
}


def worded(code: str, values: Mapping[str, str | int]) -> str:
    """Fill the words of a problem, in the language of the request where there is one, else in English."""
    speaks = has_app_context() and "babel" in current_app.extensions
    template = TEMPLATES[code]
    return (gettext(template) if speaks else template) % dict(values)
