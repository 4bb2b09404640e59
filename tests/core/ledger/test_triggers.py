import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.base.database import db
from core.base.transactions import transactional
from core.ledger import triggers
from core.ledger.queries import balance
from tests.core.ledger.books import TEA, pay_in


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount_minor = amount_minor * 2",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_transfer SET memo = 'something else'",
        "DELETE FROM ledger_transfer WHERE id = id",
    ],
)
def test_what_has_been_posted_never_changes(app, statement):
    pay_in(TEA, 100)

    @transactional
    def tamper():
        db.session.execute(text(statement))

    with pytest.raises(DBAPIError, match="never changes"):
        tamper()
    assert balance(TEA).posted_minor == 100


@pytest.mark.parametrize(
    "change",
    ["balance_minor = -1", "held_minor = -1", "held_minor = balance_minor + 1", "balance_minor = held_minor - 1"],
)
def test_the_database_itself_refuses_to_overdraw_a_client(app, change):
    pay_in(TEA, 100)

    @transactional
    def tamper():
        db.session.execute(text(f"UPDATE ledger_balance SET {change}"))

    with pytest.raises(IntegrityError):
        tamper()


def test_the_triggers_can_be_dropped_and_made_again(app):
    pay_in(TEA, 100)
    dialect = db.engine.dialect.name
    db.session().info["guarded"] = False
    connection = db.session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
    for table in triggers.IMMUTABLE_TABLES:
        for statement in triggers.drop_statements(dialect, table):
            connection.exec_driver_sql(statement)
    changed = connection.exec_driver_sql("UPDATE ledger_entry SET currency = 'CNY'")
    assert changed.rowcount == 2
    for table in triggers.IMMUTABLE_TABLES:
        for statement in triggers.create_statements(dialect, table):
            connection.exec_driver_sql(statement)
    with pytest.raises(DBAPIError, match="never changes"):
        connection.exec_driver_sql("UPDATE ledger_entry SET currency = 'CNY'")
    db.session.rollback()
    db.session().info.pop("guarded")
