"""Long work that a person asked for and watches: kept in the database, done by a worker, resumed after a kill."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound, TongbaoError
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.jobs import BackgroundTask
from core.base.transactions import end_read, transactional

log = logging.getLogger("tongbao.tasks")

LEASE = timedelta(minutes=3)
_WRITE_EVERY_SECONDS = 0.5


@dataclass(slots=True)
class TaskContext:
    """What a task is given. `progress` tells how far it is and renews its lease; call it often."""

    task_id: str
    merchant_id: str | None
    params: Mapping[str, Any]
    holder: str
    _written: float = field(default=0.0)

    def progress(self, done: int, total: int) -> None:
        """Say how much is done; written at most twice a second. Raises TaskLost when another worker has taken over."""
        moment = time.monotonic()
        if moment - self._written < _WRITE_EVERY_SECONDS and done < total:
            return
        self._written = moment
        _write_progress(self.task_id, self.holder, done, total)


class TaskLost(RuntimeError):
    """Another worker has taken this task over (this one was silent for too long)."""


Run = Callable[[TaskContext], dict[str, Any] | None]
_kinds: dict[str, Run] = {}


def task(kind: str) -> Callable[[Run], Run]:
    """Make a function the work of a kind of task. It may be run again from the start, so it must be repeatable."""

    def register(run: Run) -> Run:
        _kinds[kind] = run
        return run

    return register


@transactional
def enqueue_task(
    kind: str, params: Mapping[str, Any], *, merchant_id: str | None = None, created_by: str | None = None
) -> str:
    """Ask for a long work to be done. Returns the task's id, with which it is watched."""
    if kind not in _kinds:
        raise LookupError(f"no work is known for tasks of kind {kind!r}")
    task_id = new_id("tsk")
    db.session.add(
        BackgroundTask(
            id=task_id,
            merchant_id=merchant_id,
            kind=kind,
            params=dict(params),
            state="waiting",
            created_by=created_by,
            created_at=clock.now(),
        )
    )
    return task_id


def task_status(merchant_id: str | None, task_id: str) -> BackgroundTask:
    """How a task of this merchant stands. Raises NotFound."""
    found = db.session.get(BackgroundTask, task_id)
    if found is None or found.merchant_id != merchant_id:
        raise NotFound(_("There is no such task."))
    return found


@transactional
def _write_progress(task_id: str, holder: str, done: int, total: int) -> None:
    held = db.session.execute(
        update(BackgroundTask)
        .where(BackgroundTask.id == task_id, BackgroundTask.holder == holder, BackgroundTask.state == "running")
        .values(done=done, total=total, held_until=clock.now() + LEASE)
        .returning(BackgroundTask.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if held is None:
        raise TaskLost(task_id)


@transactional
def _claim(holder: str) -> TaskContext | None:
    moment = clock.now()
    due = db.session.execute(
        select(BackgroundTask.id)
        .where(
            or_(
                BackgroundTask.state == "waiting",
                (BackgroundTask.state == "running") & (BackgroundTask.held_until < moment),
            )
        )
        .order_by(BackgroundTask.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if due is None:
        return None
    row = db.session.execute(
        update(BackgroundTask)
        .where(BackgroundTask.id == due)
        .values(state="running", holder=holder, held_until=moment + LEASE)
        .returning(BackgroundTask.kind, BackgroundTask.merchant_id, BackgroundTask.params)
        .execution_options(synchronize_session=False)
    ).one()
    return TaskContext(due, row.merchant_id, {**row.params, "kind": row.kind}, holder)


@transactional
def _finish(context: TaskContext, result: dict[str, Any] | None, error: str | None) -> None:
    db.session.execute(
        update(BackgroundTask)
        .where(BackgroundTask.id == context.task_id, BackgroundTask.holder == context.holder)
        .values(
            state="failed" if error else "done",
            result=result,
            error=error,
            holder=None,
            held_until=None,
            finished_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )


def run_waiting_task(holder: str) -> bool:
    """Do one waiting task, if there is one. What it raises is kept for the person who asked."""
    context = _claim(holder)
    if context is None:
        return False
    result, error = None, None
    try:
        result = _kinds[context.params["kind"]](context)
    except TaskLost:
        log.warning("task %s was taken over by another worker", context.task_id)
        return True
    except TongbaoError as refusal:
        error = str(refusal)
    except Exception as failure:
        log.exception("task %s failed", context.task_id)
        error = str(
            _("It failed for a reason of ours (%(kind)s). Nothing half-done was kept.", kind=type(failure).__name__)
        )
    end_read()
    _finish(context, result, error)
    return True
