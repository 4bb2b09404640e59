import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.audit import record
from core.audit.queries import AuditFilter, audit_page, chain_end
from core.audit.verify import verify_audit
from core.base.database import db
from core.base.ddl import append_only_statements
from core.base.transactions import end_read, transactional


@transactional
def note(action, *, actor_id="per_1", subject="order:ord_1", merchant_id=None, details=None):
    record(action, actor_id=actor_id, subject=subject, merchant_id=merchant_id, details=details)


def chains(**wanted):
    return [(row.chain, row.sequence, row.action) for row in audit_page(AuditFilter(**wanted)).rows]


def test_each_merchant_has_a_chain_of_its_own_and_the_platform_one(app):
    note("a.one", merchant_id="mer_1")
    note("b.one", merchant_id="mer_2")
    note("a.two", merchant_id="mer_1")
    note("c.one")
    assert sorted(chains()) == [
        ("mer_1", 1, "a.one"),
        ("mer_1", 2, "a.two"),
        ("mer_2", 1, "b.one"),
        ("platform", 1, "c.one"),
    ]
    assert list(verify_audit()) == []


def test_what_did_not_happen_is_not_in_the_trail(app):
    @transactional
    def fails():
        record("order.refunded", actor_id="per_1", subject="order:ord_1")
        raise ValueError("no")

    with pytest.raises(ValueError):
        fails()
    assert chains() == [] and chain_end("platform") is None


def test_nothing_is_recorded_outside_a_use_case(app):
    with pytest.raises(RuntimeError, match="outside a use case"):
        record("order.refunded", actor_id=None, subject="order:ord_1")


@pytest.mark.parametrize("details", [{"rate": 0.5}, {"when": object()}, {"nested": [{"x": 1.0}]}])
def test_what_would_not_come_back_the_same_is_refused(app, details):
    with pytest.raises(ValueError, match="cannot stand in the audit trail"):
        note("a.one", details=details)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc通", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text("abc", min_size=1), plain, max_size=4))
def test_whatever_plain_details_are_written_the_chain_still_proves(app, details):
    note("a.one", details=details)
    assert list(verify_audit()) == []


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET actor_id = 'per_2'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_the_trail(app, change):
    note("a.one")

    @transactional
    def tamper():
        db.session.execute(text(change))

    with pytest.raises(IntegrityError, match="the audit trail never changes"):
        tamper()


def without_triggers(*statements):
    """Run statements as somebody who owns the database would."""
    dialect = db.engine.dialect.name
    end_read()
    with db.engine.begin() as connection:
        if dialect == "postgresql":
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_immutable")
        else:
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_entry_refuse_{verb}")
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount
        if dialect == "postgresql":
            connection.exec_driver_sql("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_immutable")
        else:
            for statement in append_only_statements(dialect, "audit_entry", "the audit trail never changes"):
                connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit_entry SET actor_id = 'per_9' WHERE sequence = 2", "entry 2 (a.two of order:ord_1) was changed"),
        ("UPDATE audit_entry SET details = '{\"amount\": 1}' WHERE sequence = 1", "entry 1 (a.one"),
        ("DELETE FROM audit_entry WHERE sequence = 2", "entry 2 is missing"),
        ("DELETE FROM audit_entry WHERE sequence = 3", "it ends at entry 2, but 3 were written"),
        ("UPDATE audit_chain SET sequence = 2", "it ends at entry 3, but 2 were written"),
        ("DELETE FROM audit_chain", "entries without a known end"),
    ],
)
def test_whoever_changes_the_trail_past_the_triggers_is_found_out(app, statement, finding):
    for name in ("one", "two", "three"):
        note(f"a.{name}", merchant_id="mer_1")
    assert list(verify_audit()) == []
    without_triggers(statement)
    [found] = verify_audit()
    assert found.startswith("audit trail mer_1: ") and finding in found


def test_filters_find_what_was_asked_for_and_pages_follow_one_another(app):
    for number in range(7):
        note("payout.sent" if number % 2 else "payout.asked", subject=f"payout:{number}", merchant_id="mer_1")
    note("payouts.other")
    assert chains(action="payout.sent") == [("mer_1", n, "payout.sent") for n in (6, 4, 2)]
    assert len(chains(action="payout")) == 7
    assert chains(subject="payout:3") == [("mer_1", 4, "payout.sent")]
    assert chains(actor_id="per_2") == []
    for wanted in (AuditFilter(), AuditFilter(chain="mer_1")):
        seen, cursor = [], ""
        while True:
            page = audit_page(wanted, cursor, limit=3)
            seen += [(row.chain, row.sequence) for row in page.rows]
            if not (cursor := page.next_cursor or ""):
                break
        assert len(seen) == len(set(seen)) == (7 if wanted.chain else 8)


@pytest.mark.parametrize("cursor", ["x", "|||", "2026-01-01T00:00:00|a|1", "2026-01-01T00:00:00+00:00|a|x", "\x00"])
def test_a_cursor_of_nonsense_begins_anew(app, cursor):
    note("a.one")
    assert len(audit_page(AuditFilter(), cursor).rows) == 1


def test_writers_of_one_chain_at_once_leave_no_gap(bare_app):
    def work():
        with bare_app.app_context():
            for _ in range(10):
                note("a.one", merchant_id="mer_1")
                note("b.one")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with bare_app.app_context():
        assert list(verify_audit()) == []
        assert chain_end("mer_1").sequence == chain_end("platform").sequence == 40
