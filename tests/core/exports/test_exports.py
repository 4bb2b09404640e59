from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.tasks import task_status
from core.catalog.details import ProductDetails, VariantDetails
from core.catalog.service import create_product
from core.exports import service
from core.exports.errors import ExportNotFound, ExportNotReady
from core.exports.models import ExportFile, ExportPart
from core.inventory.service import adjust_stock
from core.parties.errors import RoleNotEnough
from core.worker.tasks import run_waiting_task
from tests.core.web.console.conftest import give_post
from tests.trade import make_shop, make_variant, owner_of, paid_order


@pytest.fixture
def tea(app):
    return make_shop("tea")


def export(merchant_id: str, name: str, **options) -> tuple[ExportFile, list[list[str]]]:
    export_id = service.request_export(
        merchant_id, name, format=options.pop("format", "csv"), actor_id=owner_of(merchant_id), **options
    )
    assert run_waiting_task("test")
    db.session.remove()
    file, pieces = service.fetch_export(merchant_id, export_id, actor_id=owner_of(merchant_id))
    content = b"".join(pieces)
    assert len(content) == file.bytes
    return file, list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_products_go_into_a_file_a_line_for_each_variant(tea):
    create_product(
        tea,
        ProductDetails(name="=Longjing", tags=("green",)),
        variants=[VariantDetails(6800, sku="LJ", on_hand=5, barcode="6901234567892")],
    )
    file, lines = export(tea, "catalog.products")
    row = dict(zip(lines[0], lines[1], strict=True))
    assert file.rows == 1 and len(lines) == 2
    assert (row["Product"], row["SKU"], row["Price"], row["On hand"], row["Tags"]) == (
        "'=Longjing",
        "LJ",
        "68.00",
        "5",
        "green",
    )


def test_only_what_the_filter_shows_is_taken(tea):
    for name in ("Longjing", "Biluochun"):
        create_product(tea, ProductDetails(name=name), variants=[VariantDetails(100)])
    _file, lines = export(tea, "catalog.products", filters={"q": "biluo", "merchant_id": "x"})
    assert [line[0] for line in lines[1:]] == ["Biluochun"]


def test_stock_movements_are_taken_by_day(tea):
    variant = make_variant(tea, stock=5)
    with clock.moved(timedelta(days=-3)):
        adjust_stock(tea, variant, 2, note="three days ago")
    day = (clock.now() - timedelta(days=2)).date().isoformat()
    _file, lines = export(tea, "inventory.movements", filters={"to": day})
    assert [line[4] for line in lines[1:]] == ["2"]
    _file, lines = export(tea, "inventory.movements", filters={"from": day})
    assert [line[4] for line in lines[1:]] == ["5"]


@pytest.mark.parametrize("name", ["inventory.stock", "parties.customers", "ledger.statement"])
@pytest.mark.parametrize("format", ["csv-bom", "xlsx"])
def test_every_list_can_be_taken_in_every_format(tea, name, format):
    paid_order(tea, make_variant(tea))
    export_id = service.request_export(tea, name, format=format, actor_id=owner_of(tea))
    run_waiting_task("test")
    file, pieces = service.fetch_export(tea, export_id, actor_id=owner_of(tea))
    assert file.ready and len(b"".join(pieces)) == file.bytes > 20


def test_nothing_of_another_shop_is_in_a_file(tea):
    make_variant(make_shop("ceramics"), sku="THEIRS")
    make_variant(tea, sku="OURS")
    _file, lines = export(tea, "catalog.products")
    assert [line[2] for line in lines[1:]] == ["OURS"]


def test_the_words_at_the_top_are_in_the_readers_language(tea):
    _file, lines = export(tea, "catalog.products", locale="zh_Hans")
    assert lines[0][0] == "商品"


def test_a_role_that_may_not_see_a_list_may_not_take_it_away(tea):
    clerk = give_post(tea, "clerk")
    with pytest.raises(RoleNotEnough):
        service.request_export(tea, "ledger.statement", format="csv", actor_id=clerk)
    file, _lines = export(tea, "ledger.statement")
    with pytest.raises(RoleNotEnough):
        service.fetch_export(tea, file.id, actor_id=clerk)
    with pytest.raises(RoleNotEnough):
        service.forget_export(tea, file.id, actor_id=clerk)


def test_a_file_of_another_shop_is_not_found(tea):
    file, _lines = export(tea, "inventory.stock")
    other = make_shop("ceramics")
    with pytest.raises(ExportNotFound):
        service.fetch_export(other, file.id, actor_id=owner_of(other))


def test_a_file_is_not_ready_before_it_is_written_and_a_wrong_format_is_refused(tea):
    export_id = service.request_export(tea, "inventory.stock", format="csv", actor_id=owner_of(tea))
    with pytest.raises(ExportNotReady):
        service.fetch_export(tea, export_id, actor_id=owner_of(tea))
    with pytest.raises(Invalid):
        service.request_export(tea, "inventory.stock", format="pdf", actor_id=owner_of(tea))
    with pytest.raises(ExportNotFound):
        service.request_export(tea, "inventory.secrets", format="csv", actor_id=owner_of(tea))


def test_a_file_written_twice_holds_its_rows_once(tea, monkeypatch):
    monkeypatch.setattr(service, "PART_BYTES", 64)
    for number in range(20):
        make_variant(tea, sku=f"S{number}")
    export_id = service.request_export(tea, "catalog.products", format="csv", actor_id=owner_of(tea))
    run_waiting_task("test")
    task_id = db.session.get(ExportFile, (tea, export_id)).task_id
    status = task_status(tea, task_id)
    context = service.TaskContext(task_id, tea, status.params, "nobody")
    monkeypatch.setattr(service.TaskContext, "progress", lambda self, done, total: None)
    service.write_export(context)
    _file, pieces = service.fetch_export(tea, export_id, actor_id=owner_of(tea))
    assert len(b"".join(pieces).splitlines()) == 21


def test_files_go_when_their_days_are_over(tea):
    file, _lines = export(tea, "inventory.stock")
    with clock.moved(service.KEPT + timedelta(minutes=1)):
        with pytest.raises(ExportNotFound):
            service.fetch_export(tea, file.id, actor_id=owner_of(tea))
        assert service.sweep_exports() == 1
    assert db.session.query(ExportFile).count() == 0
    assert db.session.query(ExportPart).count() == 0
