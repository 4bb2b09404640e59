import threading

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import InternalError, OperationalError

from core.base.clock import now
from core.base.database import db
from core.base.outbox import OutboxEvent, emit
from core.base.transactions import end_read, transactional


def events() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxEvent))


def plain_event(topic: str):
    return insert(OutboxEvent.__table__).values(topic=topic, payload={}, fanned_out=False, created_at=now())


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


def test_plain_sql_that_writes_outside_a_use_case_is_refused_by_postgresql_and_undone_by_sqlite(app):
    def loose():
        db.session.execute(plain_event("loose"))

    if db.engine.dialect.name == "postgresql":
        with pytest.raises(InternalError, match="read-only transaction"):
            loose()
    else:
        loose()
    db.session.rollback()
    assert events() == 0


def test_a_connection_that_read_is_lent_to_the_next_writer_as_it_was(app):
    assert events() == 0
    end_read()
    with db.engine.begin() as connection:
        connection.execute(plain_event("plain"))
    assert events() == 1


@pytest.mark.engine("postgres")
def test_a_finished_read_leaves_its_statements_prepared(app):
    for _ in range(4):
        events()
        end_read()
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    assert db.session.connection().exec_driver_sql(kept, ("%FROM outbox_event%",)).scalar_one() == 1


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
