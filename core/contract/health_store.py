"""Takes the figures of plugins' calls to the database, and reads them for the pages of health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.base import clock
from core.base.database import db, table_of
from core.base.rows import connection, insert_new
from core.base.transactions import transactional
from core.contract.health import BUCKET_SECONDS, RESULTS, CallKey, Calls, CircuitMoved, quantile
from core.contract.models import PluginCalls, PluginCircuit

KEPT = timedelta(days=8)


@transactional
def write_health(calls: Mapping[CallKey, Calls], moved: Sequence[CircuitMoved]) -> None:
    """Add what one process counted to what is there, and say which circuits moved."""
    if calls:
        _write_calls(calls)
    for one in moved:
        key = {"merchant_id": one.merchant_id, "plugin_id": one.plugin_id}
        row = db.session.get(PluginCircuit, tuple(key.values()), with_for_update=True)
        if row is None:
            row = PluginCircuit(**key, state=one.state, changed_at=one.at, opened=0, message="")
            db.session.add(row)
        row.opened = (row.opened or 0) + (one.state == "open")
        row.state, row.changed_at, row.message = one.state, one.at, one.message or row.message
        db.session.flush()


def _write_calls(calls: Mapping[CallKey, Calls]) -> None:
    keys = sorted(calls, key=lambda key: (key.merchant_id, key.plugin_id, key.call, key.period))
    named = [
        {"merchant_id": k.merchant_id, "plugin_id": k.plugin_id, "call": k.call, "began_at": k.began_at} for k in keys
    ]
    nothing: dict[str, Any] = dict.fromkeys(RESULTS, 0) | {"buckets": [0] * (len(BUCKET_SECONDS) + 1), "message": ""}
    connection().execute(insert_new(table_of(PluginCalls)), [name | nothing for name in named])
    columns = (PluginCalls.merchant_id, PluginCalls.plugin_id, PluginCalls.call, PluginCalls.began_at)
    rows = db.session.scalars(
        select(PluginCalls)
        .where(tuple_(*columns).in_([tuple(name.values()) for name in named]))
        .order_by(*columns)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {(row.merchant_id, row.plugin_id, row.call, row.began_at): row for row in rows}
    for key in keys:
        row, one = found[key.merchant_id, key.plugin_id, key.call, key.began_at], calls[key]
        for result in RESULTS:
            setattr(row, result, getattr(row, result) + one.results[result])
        row.buckets = [before + more for before, more in zip(row.buckets, one.buckets, strict=True)]
        row.message = one.message or row.message


@transactional
def forget_health() -> int:
    """Delete figures that nobody looks at any more; returns how many."""
    gone = db.session.execute(delete(PluginCalls).where(PluginCalls.began_at < clock.now() - KEPT))
    return int(getattr(gone, "rowcount", 0))


@dataclass(slots=True)
class CallFigures:
    """Calls added up: how many, how they went, how long they took."""

    results: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKET_SECONDS) + 1))
    message: str = ""

    def add(self, row: PluginCalls) -> None:
        """Add what stands in a row."""
        for result in RESULTS:
            self.results[result] += getattr(row, result)
        self.buckets = [before + more for before, more in zip(self.buckets, row.buckets, strict=True)]
        self.message = row.message or self.message

    @property
    def total(self) -> int:
        return sum(self.results.values())

    @property
    def failed(self) -> int:
        """Calls that gave no answer: faults, timeouts and lost ones."""
        return self.results["fault"] + self.results["timeout"] + self.results["lost"]

    @property
    def p50(self) -> float | None:
        """Seconds."""
        return quantile(self.buckets, 0.5)

    @property
    def p95(self) -> float | None:
        """Seconds."""
        return quantile(self.buckets, 0.95)


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """How a plugin has fared: in all, call by call, and hour by hour."""

    whole: CallFigures
    calls: Mapping[str, CallFigures]
    hours: Mapping[datetime, CallFigures]


def plugin_health(plugin_id: str, *, since: datetime, merchant_id: str | None = None) -> PluginHealth:
    """How a plugin has fared since a moment, for one merchant or for all."""
    query = select(PluginCalls).where(PluginCalls.plugin_id == plugin_id, PluginCalls.began_at >= since)
    if merchant_id is not None:
        query = query.where(PluginCalls.merchant_id == merchant_id)
    whole = CallFigures()
    calls: dict[str, CallFigures] = {}
    hours: dict[datetime, CallFigures] = {}
    for row in db.session.scalars(query.order_by(PluginCalls.began_at)):
        hour = row.began_at.replace(minute=0, second=0, microsecond=0)
        for figures in (whole, calls.setdefault(row.call, CallFigures()), hours.setdefault(hour, CallFigures())):
            figures.add(row)
    return PluginHealth(whole, calls, hours)


def health_of_all(*, since: datetime) -> dict[str, CallFigures]:
    """How each plugin has fared since a moment, for all merchants, by plugin."""
    found: dict[str, CallFigures] = {}
    for row in db.session.scalars(select(PluginCalls).where(PluginCalls.began_at >= since)):
        found.setdefault(row.plugin_id, CallFigures()).add(row)
    return found


def worst_merchants(plugin_id: str, *, since: datetime, limit: int = 20) -> list[tuple[str, int, int]]:
    """(merchant, calls, calls without an answer) of those for whom a plugin failed most."""
    failed = _sum(PluginCalls.fault) + _sum(PluginCalls.timeout) + _sum(PluginCalls.lost)
    total = failed + _sum(PluginCalls.ok) + _sum(PluginCalls.refused)
    rows = db.session.execute(
        select(PluginCalls.merchant_id, total, failed)
        .where(PluginCalls.plugin_id == plugin_id, PluginCalls.began_at >= since)
        .group_by(PluginCalls.merchant_id)
        .having(failed > 0)
        .order_by(failed.desc(), PluginCalls.merchant_id)
        .limit(limit)
    )
    return [(merchant_id, int(calls), int(without)) for merchant_id, calls, without in rows]


def _sum(column: InstrumentedAttribute[int]) -> Any:
    return func.sum(column)


def circuits(
    *, merchant_id: str | None = None, plugin_id: str | None = None, limit: int = 200
) -> Sequence[PluginCircuit]:
    """Which plugins have been left alone for whom, those that are now first."""
    query = select(PluginCircuit)
    if merchant_id is not None:
        query = query.where(PluginCircuit.merchant_id == merchant_id)
    if plugin_id is not None:
        query = query.where(PluginCircuit.plugin_id == plugin_id)
    return db.session.scalars(
        query.order_by(PluginCircuit.state.desc(), PluginCircuit.changed_at.desc()).limit(limit)
    ).all()
