"""The worker process: APScheduler beats time, the database decides who does what."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from core.base.database import db
from core.contract.registry import Registry
from core.worker.leases import new_holder, run_due
from core.worker.outbox import deliver
from core.worker.tasks import run_waiting_task

log = logging.getLogger("tongbao.worker")

BEAT_SECONDS = 1
ROUNDS_MAX = 50


class Worker:
    """One worker of an application. `once` does everything that is due now; `run` goes on until it is stopped."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.holder = new_holder()
        self._registry: Registry = app.extensions["tongbao.registry"]
        self._stop = threading.Event()

    def events(self) -> bool:
        """Deliver what is due; whether there may be more."""
        return deliver([owned.item for owned in self._registry.subscriptions.values()]) > 0

    def jobs(self) -> bool:
        """Run the jobs that are due."""
        return run_due((owned.item for owned in self._registry.jobs), self.holder) > 0

    def tasks(self) -> bool:
        """Do one waiting task; whether there was one."""
        return run_waiting_task(self.holder)

    def once(self) -> None:
        """Do everything that is due now, and return."""
        for _round in range(ROUNDS_MAX):
            if not any([self._beat(self.jobs), self._beat(self.events), self._beat(self.tasks)]):
                return

    def _beat(self, work: Callable[[], bool]) -> bool:
        with self.app.app_context():
            try:
                return work()
            except Exception:
                log.exception("%s failed; it is tried again", work.__name__)
                return False
            finally:
                db.session.remove()

    def _beat_while_busy(self, work: Callable[[], bool]) -> None:
        for _round in range(ROUNDS_MAX):
            if self._stop.is_set() or not self._beat(work):
                return

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what is under way is finished first."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_signal: self._stop.set())
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 300}
        )
        for work in (self.events, self.tasks, self.jobs):
            scheduler.add_job(
                self._beat_while_busy if work is not self.jobs else self._beat,
                "interval",
                seconds=BEAT_SECONDS,
                args=(work,),
                id=work.__name__,
            )
        scheduler.start()
        log.info("worker %s is at work", self.holder)
        self._stop.wait()
        scheduler.shutdown(wait=True)
        log.info("worker %s has stopped", self.holder)
