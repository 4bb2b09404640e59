"""Recurring work of the plugin; each job may be killed at any moment and goes on the next time."""

from __future__ import annotations

import logging
from datetime import timedelta

from core.sdk import Job
from plugins.payment.notices import claim_open_notices, forget_old_nonces, handle_notice
from plugins.payment.statements import read_statements

log = logging.getLogger(__name__)


def handle_open_notices() -> None:
    """Act on notices that were stored and not finished: the process died, or the bank gave no answer."""
    for merchant_id, notice_id in claim_open_notices():
        try:
            handle_notice(merchant_id, notice_id)
        except Exception:
            log.exception("notice %s of %s could not be handled; it is tried again", notice_id, merchant_id)


def read_bank_statements() -> None:
    """Read what the bank has booked, and record payments that no notice told of."""
    read_statements()


def forget_nonces() -> None:
    """Forget nonces that are too old to be used again."""
    forget_old_nonces()


JOBS = (
    Job("payment.notices", timedelta(seconds=15), handle_open_notices),
    Job("payment.statements", timedelta(minutes=10), read_bank_statements),
    Job("payment.nonces", timedelta(hours=1), forget_nonces),
)
