"""The one transaction policy: a use case is one transaction, retried when the database says "again".

Reading needs nothing: the session reads in a transaction of its own. Writing happens only inside a function marked
`@transactional`; anything else that tries to write is a programming error and raises. A use case starts from a clean
session (nothing stale), so it takes ids and plain values, never rows that somebody loaded before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from core.base.acting import refuse_when_looking
from core.base.database import db

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS_MAX = 6
_WRITING = "tongbao_writing"
_AT_END = "tongbao_at_end"
_AGAIN = {"40001", "40P01"}


def _again(error: DBAPIError) -> bool:
    """Only what surely did nothing: a connection lost at commit may have committed, so it is never tried again."""
    state = getattr(error.orig, "sqlstate", None)
    return state in _AGAIN or "database is locked" in str(error.orig)


def in_transaction() -> bool:
    """Whether a use case is under way in this session (its transaction will be committed by the outermost one)."""
    return bool(db.session().info.get(_WRITING))


def transactional(use_case: Callable[P, R]) -> Callable[P, R]:
    """Make a function one transaction; called inside another use case it joins that one's transaction.

    Deadlocks, serialisation failures and a busy SQLite are retried from the start with back-off, so the function
    must not touch anything outside the database.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        if session.info.get(_WRITING):
            return use_case(*args, **kwargs)
        refuse_when_looking()
        for attempt in range(1, ATTEMPTS_MAX + 1):
            _finish_reading(session)
            session.info[_WRITING] = True
            session.info[_AT_END] = {}
            try:
                session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
                result = use_case(*args, **kwargs)
                for write, rows in session.info[_AT_END].items():
                    write(rows)
                session.commit()
                return result
            except DBAPIError as error:
                session.rollback()
                if attempt == ATTEMPTS_MAX or not _again(error):
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
            except BaseException:
                session.rollback()
                raise
            finally:
                session.info.pop(_WRITING, None)
                session.info.pop(_AT_END, None)
        raise AssertionError("unreachable")

    return run


def at_end_of_transaction(write: Callable[[list[dict[str, Any]]], None], row: dict[str, Any]) -> None:
    """Have `write` called once, just before the commit, with all the rows given to it: one statement for many.

    Raises RuntimeError outside a use case.
    """
    waiting = db.session().info.get(_AT_END)
    if waiting is None:
        raise RuntimeError("rows were written outside a use case: mark the service function @transactional")
    waiting.setdefault(write, []).append(row)


def end_read() -> None:
    """End the read transaction of this session before calling the outside or rendering something slow."""
    if not in_transaction():
        _finish_reading(db.session())


def _finish_reading(session: Session) -> None:
    """Close a session that only read by COMMIT: after a ROLLBACK the driver forgets all its prepared statements."""
    session.expunge_all()
    if session.in_transaction() and session.is_active:
        session.commit()
    session.close()


def _guards(session: Session) -> bool:
    return not session.info.get(_WRITING) and bool(session.info.get("guarded", True))


@event.listens_for(Session, "after_begin")
def _reads_only(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Outside a use case PostgreSQL itself refuses to write."""
    if connection.dialect.name == "postgresql" and _guards(session):
        raw = connection.connection.dbapi_connection
        if raw is not None and raw.info.transaction_status == TransactionStatus.IDLE:
            raw.read_only = True


@event.listens_for(Session, "before_flush")
def _only_use_cases_write(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    if _guards(session):
        raise RuntimeError("rows were changed outside a use case: mark the service function @transactional")
