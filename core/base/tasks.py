"""Long work that a person asked for and watches. A worker does it (core.worker.tasks)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.jobs import BackgroundTask
from core.base.transactions import transactional

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


def work_of(kind: str) -> Run:
    """The work of a kind of task. Raises LookupError."""
    return _kinds[kind]


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


def recent_tasks(merchant_id: str, kind: str, limit: int = 20) -> list[BackgroundTask]:
    """The newest tasks of one kind of a merchant; one statement."""
    return list(
        db.session.scalars(
            select(BackgroundTask)
            .where(BackgroundTask.merchant_id == merchant_id, BackgroundTask.kind == kind)
            .order_by(BackgroundTask.created_at.desc(), BackgroundTask.id)
            .limit(limit)
        )
    )
