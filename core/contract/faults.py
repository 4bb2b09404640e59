"""Keeps what plugins failed to show where the merchant can see it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from flask import Flask
from sqlalchemy import delete, select, update

from core.base import clock
from core.base.acting import bookkeeping
from core.base.database import db
from core.base.transactions import transactional
from core.contract.dispatch import Dispatch, Fault
from core.contract.models import PluginFault

log = logging.getLogger("tongbao.plugins")


def write_faults_after_requests(app: Flask, dispatch: Dispatch) -> None:
    """After each request, once its transaction is over, write down what plugins failed to show in it."""

    @app.teardown_request
    def _write(_error: BaseException | None) -> None:
        faults = dispatch.drain_faults()
        if faults:
            try:
                with bookkeeping():
                    record_faults(faults)
            except Exception:
                log.exception("plugin faults could not be written down")


@transactional
def record_faults(faults: Iterable[Fault]) -> None:
    """Add up the faults per merchant, plugin and place. Called after the response has been made."""
    for fault in faults:
        key = (
            PluginFault.merchant_id == fault.merchant_id,
            PluginFault.plugin_id == fault.plugin_id,
            PluginFault.place == fault.place,
        )
        changed = db.session.execute(
            update(PluginFault)
            .where(*key)
            .values(count=PluginFault.count + fault.count, message=fault.message, happened_at=clock.now())
            .returning(PluginFault.count)
        ).first()
        if changed is None:
            db.session.add(
                PluginFault(
                    merchant_id=fault.merchant_id,
                    plugin_id=fault.plugin_id,
                    place=fault.place,
                    message=fault.message,
                    happened_at=clock.now(),
                    count=fault.count,
                )
            )
            db.session.flush()


def recent_faults(merchant_id: str, *, limit: int = 20) -> Sequence[PluginFault]:
    """A merchant's plugin faults, the latest first."""
    return db.session.scalars(
        select(PluginFault)
        .where(PluginFault.merchant_id == merchant_id)
        .order_by(PluginFault.happened_at.desc())
        .limit(limit)
    ).all()


@transactional
def forget_faults(merchant_id: str, plugin_id: str) -> None:
    """The merchant has seen to it (or switched the plugin off): clear its faults."""
    db.session.execute(
        delete(PluginFault).where(PluginFault.merchant_id == merchant_id, PluginFault.plugin_id == plugin_id)
    )


def latest_faults(plugin_id: str, *, limit: int = 50) -> Sequence[PluginFault]:
    """One plugin's faults over all merchants, the latest first."""
    return db.session.scalars(
        select(PluginFault)
        .where(PluginFault.plugin_id == plugin_id)
        .order_by(PluginFault.happened_at.desc())
        .limit(limit)
    ).all()
