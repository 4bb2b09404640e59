"""The demo's second look at its goods: tags, what goes together, places, transfers, a count, files."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from core.base.database import db
from core.base.transactions import end_read
from core.catalog.bulk import Selection, finish_bulk, start_bulk
from core.catalog.bulk_changes import Change
from core.catalog.grid import grid_page, save_grid
from core.catalog.lifecycle import set_related
from core.catalog.models import Product
from core.exports.service import request_export
from core.inventory.counting import apply_count, start_count, write_counts
from core.inventory.locations import (
    LocationDetails,
    create_location,
    create_transfer,
    receive_transfer,
    send_transfer,
)
from core.inventory.place_queries import count_lines, goods_at

PLACES = (
    LocationDetails("Hangzhou warehouse 杭州仓", "88 Canal Road, Gongshu, Hangzhou", 0),
    LocationDetails("Shop window 门店", "12 Hefang Street, Hangzhou", 1),
)


def furnish(merchant_id: str, owner_id: str) -> None:
    """Give a shop what months of use would have given it."""
    found = db.session.execute(
        select(Product.id).where(Product.merchant_id == merchant_id).order_by(Product.created_at.desc(), Product.id)
    )
    ids = [row[0] for row in found]
    end_read()
    _words(merchant_id, owner_id, ids)
    _barcodes(merchant_id, owner_id)
    _places(merchant_id, owner_id)
    for name, format in (("catalog.products", "xlsx"), ("inventory.stock", "csv-bom")):
        request_export(merchant_id, name, format=format, actor_id=owner_id)


def _words(merchant_id: str, owner_id: str, ids: list[str]) -> None:
    for tag, chosen in (("gift", ids[::3]), ("bestseller", ids[1::4]), ("autumn", ids[2::5])):
        edit_id = start_bulk(merchant_id, Selection(tuple(chosen)), Change("tag_add", text=tag), actor_id=owner_id)
        finish_bulk(merchant_id, edit_id)
    for place, product_id in enumerate(ids):
        others = [ids[(place + step) % len(ids)] for step in (1, 2, 3)]
        set_related(merchant_id, product_id, [other for other in others if other != product_id], actor_id=owner_id)


def _ean(number: int) -> str:
    """An EAN-13 from the numbers that GS1 keeps for use within one company."""
    digits = f"29{number:010d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return digits + str(-(odd + 3 * even) % 10)


def _barcodes(merchant_id: str, owner_id: str) -> None:
    rows = {row.variant_id: row for row in grid_page(merchant_id, limit=200).rows}
    end_read()
    coded = {key: replace(row, barcode=_ean(number)) for number, (key, row) in enumerate(rows.items(), 1)}
    save_grid(merchant_id, rows, coded, actor_id=owner_id)


def _places(merchant_id: str, owner_id: str) -> None:
    warehouse, window = (create_location(merchant_id, place, actor_id=owner_id) for place in PLACES)
    goods, _next = goods_at(merchant_id, warehouse, limit=12)
    end_read()
    for number, part in enumerate((goods[:6], goods[6:9], goods[9:12])):
        lines = {row.variant_id: max(1, (row.other or 0) // 4) for row in part if row.other}
        if not lines:
            continue
        note = ("For the shop window", "For the tea fair", "Next week")[number]
        transfer_id = create_transfer(merchant_id, warehouse, window, lines, note=note, actor_id=owner_id)
        if number < 2:
            send_transfer(merchant_id, transfer_id, actor_id=owner_id)
        if number == 0:
            receive_transfer(merchant_id, transfer_id, actor_id=owner_id)
    for name in ("October", "November"):
        count_id = start_count(merchant_id, name, location_id=warehouse, actor_id=owner_id)
        lines_there, _cursor = count_lines(merchant_id, count_id, limit=5)
        goods, _next = goods_at(merchant_id, warehouse, limit=200)
        lying = {row.variant_id: row.quantity or 0 for row in goods}
        end_read()
        numbers: dict[str, int | None] = {
            row.variant_id: max(0, lying.get(row.variant_id, 0) - (1 if place == 2 else 0))
            for place, row in enumerate(lines_there)
        }
        write_counts(merchant_id, count_id, numbers, actor_id=owner_id)
        if name == "October":
            apply_count(merchant_id, count_id, actor_id=owner_id)
