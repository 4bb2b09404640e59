"""Doing the long work that people asked for (core.base.tasks): one task at a time, resumed after a kill."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import or_, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import TongbaoError
from core.base.i18n import lazy_gettext as _
from core.base.jobs import BackgroundTask
from core.base.tasks import LEASE, TaskContext, TaskLost, enqueue_task, task, task_status, work_of
from core.base.transactions import end_read, transactional

__all__ = ["TaskContext", "TaskLost", "enqueue_task", "run_waiting_task", "task", "task_status"]

log = logging.getLogger("tongbao.tasks")


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
        result = work_of(context.params["kind"])(context)
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
