"""Recurring jobs, each once per period across any number of workers: a lease in the database decides who."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.base import clock
from core.base.database import db
from core.base.jobs import JobLease
from core.base.transactions import end_read, transactional
from core.contract.contributions import Job

log = logging.getLogger("tongbao.jobs")

LEASE = timedelta(minutes=15)
"""Longer than any job may run; jobs work in bounded batches and go on next time."""


def new_holder() -> str:
    """A name for this worker that no other has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


@transactional
def take(job: Job, holder: str) -> bool:
    """Take a job's lease when it is due and nobody holds it: one conditional statement."""
    moment = clock.now()
    table: Table = JobLease.__table__  # type: ignore[assignment]
    insert: Any = (postgresql if db.session.connection().dialect.name == "postgresql" else sqlite).insert(table)
    values = {"holder": holder, "held_until": moment + LEASE, "last_started_at": moment}
    taken = db.session.execute(
        insert.values(name=job.name, runs=0, **values)
        .on_conflict_do_update(
            index_elements=[table.c.name],
            set_=values,
            where=or_(table.c.last_started_at.is_(None), table.c.last_started_at <= moment - job.every)
            & or_(table.c.held_until.is_(None), table.c.held_until < moment),
        )
        .returning(table.c.name)
    ).scalar_one_or_none()
    return taken is not None


@transactional
def give_back(job: Job, holder: str, error: str | None) -> None:
    """Let a job go and write down how it went."""
    db.session.execute(
        update(JobLease)
        .where(JobLease.name == job.name, JobLease.holder == holder)
        .values(
            holder=None,
            held_until=None,
            last_finished_at=clock.now(),
            last_error=error[:2000] if error else None,
            runs=JobLease.runs + 1,
        )
        .execution_options(synchronize_session=False)
    )


def run_due(jobs: Iterable[Job], holder: str) -> int:
    """Run every job that is due and that this worker gets. Returns how many ran. A job that raises is logged."""
    wanted = list(jobs)
    moment = clock.now()
    known = {lease.name: lease for lease in db.session.scalars(select(JobLease))}
    end_read()
    ran = 0
    for job in wanted:
        lease = known.get(job.name)
        if lease and lease.last_started_at and lease.last_started_at > moment - job.every:
            continue
        if lease and lease.held_until and lease.held_until >= moment:
            continue
        if not take(job, holder):
            continue
        error = None
        try:
            job.run()
        except Exception as failure:
            log.exception("job %s failed", job.name)
            error = f"{type(failure).__name__}: {failure}"
        finally:
            give_back(job, holder, error)
            end_read()
        ran += 1
    return ran


def leases() -> Sequence[JobLease]:
    """Every job that has run, by name."""
    return db.session.scalars(select(JobLease).order_by(JobLease.name)).all()
