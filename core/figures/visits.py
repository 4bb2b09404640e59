"""Counts visits in memory and writes them now and then, so that looking at a page costs no write.

Nothing is kept of who looked: no address, no cookie, no device. What is counted is said once with its quarter of an
hour. A process that is killed loses what it counted since it last wrote (`EVERY_SECONDS`).
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from core.base import clock
from core.base.flusher import Flusher
from core.figures.models import NAME_CHARACTERS_MAX

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
KEYS_MAX = 20_000
"""Different things counted between two writes; what is beyond is counted without its name."""
SEEN_MAX = 50_000
_QUARTER_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of a kind in one shop, at about a moment."""

    merchant_id: str
    kind: str
    at: datetime
    name: str
    count: int


class Visits:
    """The counts of one process. `write` takes them to the database; it is called by a thread of its own."""

    def __init__(
        self, write: Callable[[Sequence[Counted]], None], *, on_its_own: Callable[[], bool] = lambda: True
    ) -> None:
        self._write = write
        self._flusher = Flusher(self.flush, name="visits", every_seconds=EVERY_SECONDS, on_its_own=on_its_own)
        self._counts: Counter[tuple[str, str, int, str]] = Counter()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def visited(self, merchant_id: str, referrer: str) -> None:
        """Somebody came in, from a host or (empty) from nowhere that is known."""
        quarter = self._quarter()
        with self._lock:
            self._counts[merchant_id, "visit", quarter, ""] += 1
            name = referrer[:NAME_CHARACTERS_MAX] if len(self._counts) < KEYS_MAX else ""
            self._counts[merchant_id, "referrer", quarter, name] += 1
        self._flusher.begin()

    def count(self, merchant_id: str, kind: str, *, once: str) -> None:
        """Something happened (`cart`, `checkout`); for the same `once` it is counted once while it is remembered."""
        quarter = self._quarter()
        with self._lock:
            if (kind, once) in self._seen:
                return
            self._seen[kind, once] = None
            if len(self._seen) > SEEN_MAX:
                self._seen.popitem(last=False)
            self._counts[merchant_id, kind, quarter, ""] += 1
        self._flusher.begin()

    def flush(self) -> None:
        """Write what was counted. Where that fails it is kept for the next time."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        if not taken:
            return
        counted = [
            Counted(merchant_id, kind, datetime.fromtimestamp(quarter * _QUARTER_SECONDS, UTC), name, count)
            for (merchant_id, kind, quarter, name), count in taken.items()
        ]
        try:
            self._write(counted)
        except Exception:
            log.warning("visits could not be written, they are kept", exc_info=True)
            with self._lock:
                if len(self._counts) < KEYS_MAX:
                    self._counts.update(taken)

    def _quarter(self) -> int:
        return int(clock.now().timestamp()) // _QUARTER_SECONDS
