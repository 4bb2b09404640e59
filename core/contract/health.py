"""How plugins fare: each call is timed and counted, and a plugin that keeps failing is left alone for a while.

Everything is kept in the memory of the process and taken to the database by a thread of its own (see
core.contract.health_store): a buyer never waits for it. A circuit belongs to a plugin and a merchant, since one
merchant's wrong key must not close another's shop. It opens after `FAULTS_TO_OPEN` faults in a row, stays open for a
pause that doubles up to `PAUSE_SECONDS_MAX`, then lets new business through again (half open); what then works closes
it. A refusal (a card without money, an address out of reach) is an answer, never a fault. Circuits only decide what
is offered: what is under way is asked for whatever the circuit says (see docs/adr/0004).
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Final, Literal, TypeVar

import requests
from prometheus_client import Counter, Histogram

from core.base import clock
from core.base.errors import TongbaoError
from core.base.flusher import Flusher
from core.contract.providers import Provider

T = TypeVar("T")
P = TypeVar("P", bound=Provider)
CallResult = Literal["ok", "refused", "lost", "fault", "timeout"]
"""`lost`: the plugin itself says that it got no answer from the other side."""
RESULTS: Final[tuple[CallResult, ...]] = ("ok", "refused", "lost", "fault", "timeout")
CircuitState = Literal["closed", "open", "half_open"]
Weight = Literal["begins", "asks", "none"]
"""What a call means for the circuit: one that begins something opens and closes it, one that asks how something stands
only closes it, one that stays within the plugin says nothing of the other side."""

BUCKET_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PERIOD_SECONDS: Final = 900
FAULTS_TO_OPEN: Final = 5
PAUSE_SECONDS: Final = 30.0
PAUSE_SECONDS_MAX: Final = 600.0
EVERY_SECONDS: Final = 10.0
KEYS_MAX: Final = 20_000
CIRCUITS_MAX: Final = 20_000
log = logging.getLogger("tongbao.plugins")

calls_total = Counter("tongbao_plugin_calls", "Calls of plugins.", ("plugin", "call", "result"))
call_seconds = Histogram("tongbao_plugin_call_seconds", "Seconds that calls of plugins take.", ("plugin",))
circuits_opened = Counter("tongbao_plugin_circuits_opened", "How often a plugin was left alone.", ("plugin",))


@dataclass(slots=True)
class Calls:
    """What was counted of one call of one plugin for one merchant in a quarter of an hour."""

    results: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKET_SECONDS) + 1))
    """How many calls took at most so long as BUCKET_SECONDS says; the last: longer."""
    message: str = ""
    """What the last fault said."""


@dataclass(frozen=True, slots=True)
class CallKey:
    """Whose call, of which plugin, what, and when."""

    merchant_id: str
    plugin_id: str
    call: str
    period: int

    @property
    def began_at(self) -> datetime:
        return datetime.fromtimestamp(self.period * PERIOD_SECONDS, UTC)


@dataclass(slots=True)
class _Circuit:
    faults: int = 0
    open_until: float = 0.0
    pause: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class CircuitMoved:
    """A circuit that opened or closed in this process."""

    merchant_id: str
    plugin_id: str
    state: CircuitState
    at: datetime
    message: str


Write = Callable[[Mapping[CallKey, Calls], Sequence[CircuitMoved]], None]


class Health:
    """The figures and circuits of one process. Safe to share between threads."""

    def __init__(self, write: Write | None = None, *, on_its_own: Callable[[], bool] = lambda: True) -> None:
        self._write = write
        self._calls: dict[CallKey, Calls] = {}
        self._circuits: dict[tuple[str, str], _Circuit] = {}
        self._moved: list[CircuitMoved] = []
        self._lock = Lock()
        self._flusher = Flusher(self.flush, name="health", every_seconds=EVERY_SECONDS, on_its_own=on_its_own)

    def ask(
        self,
        merchant_id: str,
        plugin_id: str,
        call: str,
        function: Callable[[], T],
        *,
        judged: Callable[[T], CallResult] = lambda _answer: "ok",
        weight: Weight = "none",
    ) -> T:
        """Call a plugin and note how it went; what it raises passes through."""
        began = time.perf_counter()
        try:
            answer = function()
        except TongbaoError:
            self.note(merchant_id, plugin_id, call, "refused", time.perf_counter() - began, weight=weight)
            raise
        except Exception as error:
            result: CallResult = "timeout" if isinstance(error, (TimeoutError, requests.Timeout)) else "fault"
            words = f"{type(error).__name__}: {error}"
            self.note(merchant_id, plugin_id, call, result, time.perf_counter() - began, words, weight=weight)
            raise
        self.note(merchant_id, plugin_id, call, judged(answer), time.perf_counter() - began, weight=weight)
        return answer

    def note(
        self,
        merchant_id: str,
        plugin_id: str,
        call: str,
        result: CallResult,
        seconds: float,
        message: str = "",
        *,
        weight: Weight = "none",
        count: int = 1,
    ) -> None:
        """Count one call (or `count` like it), and move the circuit when it began something."""
        calls_total.labels(plugin_id, call, result).inc(count)
        call_seconds.labels(plugin_id).observe(seconds)
        key = CallKey(merchant_id, plugin_id, call, int(clock.now().timestamp()) // PERIOD_SECONDS)
        with self._lock:
            calls = self._calls.get(key)
            if calls is None and len(self._calls) < KEYS_MAX:
                calls = self._calls[key] = Calls()
            if calls is not None:
                calls.results[result] += count
                calls.buckets[bisect_left(BUCKET_SECONDS, seconds)] += count
                calls.message = message[:300] or calls.message
            if weight == "begins" or (weight == "asks" and result == "ok"):
                self._turn(merchant_id, plugin_id, result, message)
        if self._write is not None:
            self._flusher.begin()

    def state(self, merchant_id: str, plugin_id: str) -> CircuitState:
        """Whether a plugin is offered to this merchant's buyers as ever, left alone, or tried again."""
        circuit = self._circuits.get((merchant_id, plugin_id))
        if circuit is None or not circuit.open_until:
            return "closed"
        return "open" if clock.now().timestamp() < circuit.open_until else "half_open"

    def willing(self, merchant_id: str, providers: Sequence[P]) -> list[P]:
        """The providers that are not left alone now, in their order; all of them when every one is."""
        kept = [one for one in providers if self.state(merchant_id, one.plugin_id) != "open"]
        return kept or list(providers)

    def flush(self) -> None:
        """Take what was counted to the database. Where that fails it is kept for the next time."""
        with self._lock:
            calls, self._calls = self._calls, {}
            moved, self._moved = self._moved, []
        if self._write is None or not (calls or moved):
            return
        try:
            self._write(calls, moved)
        except Exception:
            log.warning("the figures of plugins could not be written, they are kept", exc_info=True)
            with self._lock:
                self._moved = [*moved, *self._moved][-KEYS_MAX:]
                for key, one in calls.items():
                    self._calls[key] = added(one, self._calls[key]) if key in self._calls else one

    def _turn(self, merchant_id: str, plugin_id: str, result: CallResult, message: str) -> None:
        key = (merchant_id, plugin_id)
        circuit = self._circuits.get(key)
        now = clock.now()
        if result in ("ok", "refused"):
            if circuit is not None:
                del self._circuits[key]
                if circuit.open_until:
                    self._moved.append(CircuitMoved(*key, state="closed", at=now, message=""))
            return
        if circuit is None:
            if len(self._circuits) >= CIRCUITS_MAX:
                return
            circuit = self._circuits[key] = _Circuit()
        circuit.faults, circuit.message = circuit.faults + 1, message[:300]
        waiting = circuit.open_until > now.timestamp()
        if circuit.faults >= FAULTS_TO_OPEN and not waiting:
            circuit.pause = min(circuit.pause * 2, PAUSE_SECONDS_MAX) if circuit.pause else PAUSE_SECONDS
            circuit.open_until = now.timestamp() + circuit.pause
            circuits_opened.labels(plugin_id).inc()
            log.warning("plugin %s is left alone for %d seconds: %s", plugin_id, circuit.pause, circuit.message)
            self._moved.append(CircuitMoved(*key, state="open", at=now, message=circuit.message))


def added(one: Calls, other: Calls) -> Calls:
    """The sum of two counts of the same call."""
    return Calls(
        {result: one.results[result] + other.results[result] for result in RESULTS},
        [a + b for a, b in zip(one.buckets, other.buckets, strict=True)],
        other.message or one.message,
    )


def quantile(buckets: list[int], share: float) -> float | None:
    """The time in seconds within which this share of the calls ended, read off their buckets; None without calls.

    Within a bucket calls are taken as spread evenly, as Prometheus' histogram_quantile does.
    """
    total = sum(buckets)
    if not total:
        return None
    wanted, below = share * total, 0
    for place, count in enumerate(buckets):
        if count and below + count >= wanted:
            if place == len(BUCKET_SECONDS):
                return BUCKET_SECONDS[-1]
            low = BUCKET_SECONDS[place - 1] if place else 0.0
            return low + (BUCKET_SECONDS[place] - low) * (wanted - below) / count
        below += count
    return BUCKET_SECONDS[-1]
