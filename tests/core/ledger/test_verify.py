"""Each kind of break is made by hand, past all guards, and must be named. Everything is rolled back afterwards."""

from collections.abc import Callable, Iterator

import pytest

from core.base.database import db
from core.ledger import triggers
from core.ledger.queries import statement
from core.ledger.service import place_hold, reverse_transfer, roll_up
from core.ledger.verify import verify_ledger
from tests.core.ledger.books import BANK, CERAMICS, TEA, move, pay_in

Break = Callable[[str], None]

POSTGRES_GUARDS = {
    "ledger_balance": ["ck_ledger_balance_held_not_negative", "ck_ledger_balance_not_overdrawn"],
    "ledger_entry": [
        "fk_ledger_entry_transfer_id",
        "fk_ledger_entry_account_id",
        "ck_ledger_entry_not_zero",
    ],
}


@pytest.fixture
def unguarded(app) -> Iterator[Break]:
    """A way to write anything past triggers, checks and foreign keys, within one transaction that never commits."""
    pay_in(TEA, 1000)
    move(TEA, CERAMICS, 300, "sale")
    reverse_transfer(move(TEA, CERAMICS, 50, "wrong").id, idempotency_key="undo", memo="")
    place_hold(TEA, 200, reference="pyo_1", idempotency_key="hold")
    roll_up(1)
    pay_in(TEA, 1, "after-the-roll-up")
    roll_up(1)
    assert list(verify_ledger()) == []
    db.session.close()
    db.session().info["guarded"] = False
    connection = db.session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
    dialect = connection.dialect.name
    for table in triggers.IMMUTABLE_TABLES:
        for dropping in triggers.drop_statements(dialect, table):
            connection.exec_driver_sql(dropping)
    if dialect == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
    else:
        for table, guards in POSTGRES_GUARDS.items():
            for guard in guards:
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {guard}")

    def write(sql: str) -> None:
        assert connection.exec_driver_sql(sql).rowcount > 0, "the break must break something"

    yield write
    db.session.rollback()
    db.session().info.pop("guarded")
    if dialect == "sqlite":
        db.session.connection().exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
        db.session.close()
    assert list(verify_ledger()) == []


def findings(*parts: str) -> list[str]:
    found = [finding for finding in verify_ledger() if all(part in finding for part in parts)]
    assert found, f"nothing names {parts} in {list(verify_ledger())}"
    return found


def sale() -> tuple[int, str]:
    """Entry and transfer of the sale, on the side of the shop that sold."""
    (row,) = [row for row in statement(TEA) if row.amount_minor == -300]
    return row.entry_id, row.transfer_id


def test_a_changed_amount_is_named_four_times(unguarded):
    entry, transfer = sale()
    unguarded(f"UPDATE ledger_entry SET amount_minor = -299 WHERE id = {entry}")
    findings(f"Transfer {transfer} does not add up to zero", "0.01 CNY")
    findings(f"Account {TEA.id} has a balance of 7.01 CNY", "add up to 7.02 CNY")
    findings(f"Entry {entry} of account {TEA.id} shows 7.00 CNY", "should be 7.01 CNY")
    assert not [finding for finding in verify_ledger() if "Custody" in finding]


def test_a_missing_entry_is_named(unguarded):
    entry, transfer = sale()
    unguarded(f"DELETE FROM ledger_entry WHERE id = {entry}")
    findings(f"Transfer {transfer} has 1 entries")


def test_a_transfer_without_entries_is_named(unguarded):
    _entry, transfer = sale()
    unguarded(f"DELETE FROM ledger_entry WHERE transfer_id = '{transfer}'")
    findings(f"Transfer {transfer} has 0 entries")


def test_a_changed_balance_is_named(unguarded):
    unguarded(f"UPDATE ledger_balance SET balance_minor = 5000 WHERE account_id = '{CERAMICS.id}'")
    findings(f"Account {CERAMICS.id} has a balance of 50.00 CNY", "add up to 3.00 CNY")
    findings("Custody holds 10.01 CNY", "57.01 CNY is owed to clients")


def test_a_changed_hold_is_named(unguarded):
    unguarded("UPDATE ledger_hold SET state = 'released'")
    findings(f"Account {TEA.id} has 2.00 CNY set aside", "add up to 0.00 CNY")


def test_an_overdrawn_client_is_named(unguarded):
    unguarded(f"UPDATE ledger_balance SET balance_minor = -1 WHERE account_id = '{CERAMICS.id}'")
    findings(f"Client account {CERAMICS.id} is overdrawn", "-0.01 CNY")


def test_custody_that_does_not_meet_what_is_owed_is_named(unguarded):
    unguarded(f"UPDATE ledger_entry SET amount_minor = -900 WHERE account_id = '{BANK.id}' AND amount_minor = -1000")
    findings("Custody holds 9.01 CNY", "10.01 CNY is owed to clients", "0.00 CNY is the platform's own")


def test_an_account_under_a_wrong_id_is_named(unguarded):
    unguarded(f"UPDATE ledger_account SET owner = 'mer_thief' WHERE id = '{TEA.id}'")
    findings(f"Account {TEA.id} does not bear the id", "mer_thief")


def test_an_entry_in_another_currency_is_named(unguarded):
    entry, _transfer = sale()
    unguarded(f"UPDATE ledger_entry SET currency = 'USD' WHERE id = {entry}")
    findings(f"Entry {entry} is in USD", f"account {TEA.id} is in CNY")


def test_an_entry_without_its_account_or_transfer_is_named(unguarded):
    entry, _transfer = sale()
    unguarded(f"UPDATE ledger_entry SET account_id = 'acc_none', transfer_id = 'trf_none' WHERE id = {entry}")
    findings(f"Entry {entry} belongs to account acc_none")
    findings(f"Entry {entry} belongs to transfer trf_none")


def test_an_entry_that_moves_nothing_is_named(unguarded):
    entry, _transfer = sale()
    unguarded(f"UPDATE ledger_entry SET amount_minor = 0 WHERE id = {entry}")
    findings(f"Entry {entry} moves nothing")


def test_a_changed_roll_up_is_named_and_only_that_one(unguarded):
    unguarded("UPDATE ledger_rollup SET balance_minor = 7 WHERE balance_minor = -1000")
    (finding,) = findings(f"The roll-up of account {BANK.id}", "says 0.07 CNY", "add up to -10.00 CNY")
    assert list(verify_ledger()) == [finding]


def test_a_wrong_running_balance_is_named(unguarded):
    entry, _transfer = sale()
    unguarded(f"UPDATE ledger_entry SET balance_after = 1 WHERE id = {entry}")
    (finding,) = findings(f"Entry {entry} of account {TEA.id} shows 0.01 CNY")
    assert list(verify_ledger()) == [finding]


def test_a_missing_running_balance_is_named(unguarded):
    entry, _transfer = sale()
    unguarded(f"UPDATE ledger_entry SET balance_after = NULL WHERE id = {entry}")
    findings(f"Entry {entry} of account {TEA.id} shows no balance")


def test_a_platform_entry_with_a_running_balance_is_named(unguarded):
    unguarded(f"UPDATE ledger_entry SET balance_after = 1 WHERE account_id = '{BANK.id}' AND amount_minor = -1000")
    findings(f"platform account {BANK.id} shows a balance")


def test_a_client_without_a_balance_row_is_named(unguarded):
    unguarded(f"DELETE FROM ledger_balance WHERE account_id = '{CERAMICS.id}'")
    findings(f"Client account {CERAMICS.id} has no balance row")


def test_a_platform_account_with_a_balance_row_is_named(unguarded):
    unguarded(f"INSERT INTO ledger_balance VALUES ('{BANK.id}', 0, 0, 0)")
    findings(f"Platform account {BANK.id} has a balance row")


def test_a_reversal_that_does_not_mirror_is_named(unguarded):
    _entry, transfer = sale()
    (undo,) = [row.transfer_id for row in statement(TEA) if row.kind == "reversal"]
    unguarded(f"UPDATE ledger_transfer SET reverses = '{transfer}' WHERE id = '{undo}'")
    findings(f"Transfer {undo} does not mirror {transfer}", "2.50 CNY", CERAMICS.id)
