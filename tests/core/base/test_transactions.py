import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

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


def test_a_use_case_whose_connection_was_lost_is_not_done_a_second_time(app):
    """It may have been committed: doing it again could move money twice."""
    done = []

    @transactional
    def loses_the_answer():
        done.append(1)
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"), connection_invalidated=True)

    with pytest.raises(OperationalError):
        loses_the_answer()
    assert done == [1]
