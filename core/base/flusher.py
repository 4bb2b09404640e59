"""Calls something every few seconds in a thread of its own, and once more when the process ends."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from threading import Event, Lock, Thread


class Flusher:
    """Takes to the database what a process counts in memory, so that counting costs no write.

    `flush` must not raise. `on_its_own` false: nothing is started (tests flush by hand).
    """

    def __init__(
        self,
        flush: Callable[[], None],
        *,
        name: str,
        every_seconds: float,
        on_its_own: Callable[[], bool] = lambda: True,
    ) -> None:
        self._flush, self._name, self._every, self._on_its_own = flush, name, every_seconds, on_its_own
        self._lock, self._stop = Lock(), Event()
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Begin, with the first count: a process that was forked has none of its parent's threads. Cheap to repeat."""
        if self._thread is not None or not self._on_its_own():
            return
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self._flush()

    def _end(self) -> None:
        self._stop.set()
        self._flush()
