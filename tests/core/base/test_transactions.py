import threading

import pytest
from sqlalchemy import func, select

from core.base.database import db
from core.base.outbox import OutboxEvent, emit
from core.base.transactions import transactional


def events() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxEvent))


def test_a_use_case_that_raises_leaves_nothing_behind(app):
    @transactional
    def half():
        emit("half", {})
        raise ValueError("no")

    with pytest.raises(ValueError):
        half()
    assert events() == 0


def test_a_use_case_called_by_another_joins_its_transaction(app):
    @transactional
    def inner():
        emit("inner", {})

    @transactional
    def outer():
        inner()
        raise ValueError("no")

    with pytest.raises(ValueError):
        outer()
    assert events() == 0


def test_rows_changed_outside_a_use_case_are_refused(app):
    event = OutboxEvent(topic="loose", payload={})
    db.session.add(event)
    with pytest.raises(RuntimeError, match="outside a use case"):
        db.session.commit()
    db.session.rollback()


def test_writers_that_read_first_lose_no_update(bare_app):
    @transactional
    def count_up():
        seen = events()
        emit("tick", {"seen": seen})

    def work():
        with bare_app.app_context():
            for _ in range(10):
                count_up()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with bare_app.app_context():
        assert events() == 60
