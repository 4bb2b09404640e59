"""A write that is sent twice is done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import func, select

from core.access import answers
from core.access.models import ApiAnswer
from core.access.tokens import recognise
from core.base import clock
from core.base.database import db
from core.catalog.models import Product
from core.inventory.queries import stock_of
from tests.core.api.conftest import Program

PRODUCT = {"name": "Longjing", "variants": [{"price_minor": 1200}]}


def products() -> int:
    return db.session.scalar(select(func.count()).select_from(Product))


def test_the_same_request_again_gives_the_same_answer_and_does_nothing(program):
    first = program.post("/products", PRODUCT, key="k1")
    again = program.post("/products", PRODUCT, key="k1")
    assert again.data == first.data
    assert again.status_code == 201
    assert again.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert products() == 1


def test_the_same_key_for_another_request_is_refused(program):
    program.post("/products", PRODUCT, key="k1")
    other = program.post("/products", {**PRODUCT, "name": "Biluochun"}, key="k1")
    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")
    assert products() == 1


def test_a_key_belongs_to_who_sent_it(program, program_with, tea):
    program.post("/products", PRODUCT, key="k1")
    assert program_with(tea).post("/products", PRODUCT, key="k1").status_code == 201
    assert products() == 2


def test_while_the_first_is_under_way_the_second_is_told_to_wait(program, tea):
    owner = recognise(program.token).owner
    body = b'{"name": "Longjing", "variants": [{"price_minor": 1200}]}'
    mark = sha256(b"POST\n/api/v1/products?\napplication/json\n\n" + body).hexdigest()
    held = answers.claim(tea, owner, "k1", mark)
    waiting = program.post("/products", PRODUCT, key="k1")
    assert (waiting.status_code, waiting.json["code"]) == (409, "idempotency_key_in_flight")
    assert int(waiting.headers["Retry-After"]) > 0
    answers.give_up(held)
    assert program.post("/products", PRODUCT, key="k1").status_code == 201


def test_a_refused_request_leaves_its_key_free(program):
    assert program.post("/products", {**PRODUCT, "slug": "!!!"}, key="k1").status_code in {409, 422}
    assert db.session.scalar(select(func.count()).select_from(ApiAnswer)) == 0
    assert program.post("/products", PRODUCT, key="k1").status_code == 201


def test_after_a_day_the_key_is_new(program):
    program.post("/products", PRODUCT, key="k1")
    with clock.moved(timedelta(hours=25)):
        assert answers.tidy_access() == 1
        assert program.post("/products", PRODUCT, key="k1").status_code == 201
    assert products() == 2


def test_where_goods_move_a_key_is_needed(program, variant):
    bare = program.send("POST", f"/api/v1/stock/{variant}/adjust", {"delta": -1})
    assert (bare.status_code, bare.json["code"]) == (400, "idempotency_key_missing")


def test_many_at_once_with_one_key_move_stock_once(bare_app, program, tea, variant):
    said = []

    def send():
        with bare_app.app_context():
            said.append(Program(bare_app, program.token).post(f"/stock/{variant}/adjust", {"delta": -1}, key="k1"))

    threads = [threading.Thread(target=send) for _number in range(6)]
    db.session.close()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in said} <= {200, 409}
    assert 200 in {answer.status_code for answer in said}
    assert stock_of(tea, variant).on_hand == 9
