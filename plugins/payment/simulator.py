"""The bank simulator as the demo and simulations use it: started, its clock moved, a buyer's phone at its door."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from core.sdk import Simulator, data_dir
from plugins.payment.bank_payout import BankPayout
from plugins.payment.bank_qr import BankQr

SECONDS_MAX = 5
_ACCOUNT = re.compile(r'name="account" value="([^"]+)"')


def _credentials() -> dict[str, Any]:
    path: Path = data_dir() / "bank.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _command(port: int) -> tuple[str, ...]:
    return ("payment", "simulator", "--port", str(port + 900))


def _ready() -> bool:
    try:
        return requests.get(_credentials()["base_url"] + "/health", timeout=SECONDS_MAX).ok
    except (OSError, ValueError, KeyError):
        return False


def _set_clock(ahead: timedelta) -> None:
    credentials = _credentials()
    requests.post(
        credentials["base_url"] + "/admin/clock",
        json={"offset_seconds": ahead.total_seconds()},
        headers={"Authorization": f"Bearer {credentials['admin_token']}"},
        timeout=SECONDS_MAX,
    ).raise_for_status()


def _act(instructions: Mapping[str, Any], deed: str) -> None:
    """Open the code's address as a phone would, choose the first account that is offered, press the button."""
    page = requests.get(instructions["qr_payload"], timeout=SECONDS_MAX)
    page.raise_for_status()
    accounts = _ACCOUNT.findall(page.text)
    form = {"account": accounts[0] if accounts else "", "action": deed}
    requests.post(instructions["qr_payload"], data=form, timeout=SECONDS_MAX).raise_for_status()


BANK = Simulator(
    name="payment",
    provider_ids=(BankQr.id, BankPayout.id),
    command=_command,
    ready=_ready,
    set_clock=_set_clock,
    act=_act,
)
