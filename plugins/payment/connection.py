"""Which bank, and with which keys: the merchant's own connection where it has one, else the platform's.

The platform's comes from the file that `TONGBAO_BANK_CREDENTIALS` names, or `bank.json` in the data folder, where the
bank simulator writes it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.sdk import Refused, ShopView, clock, data_dir, gettext
from core.sdk import lazy_gettext as _
from plugins.payment.bank.client import BankClient, Done, Result, Unknown
from plugins.payment.bank.protocol import KeyRing, SigningKey, VerifyingKey

log = logging.getLogger(__name__)

PLATFORM = "platform"
CREDENTIALS_VARIABLE = "TONGBAO_BANK_CREDENTIALS"


@dataclass(frozen=True)
class Connection:
    """An account at a bank and what it takes to talk about it. `id` is `platform`, or the merchant's id."""

    id: str
    account_number: str
    account_name: str
    currency: str
    """The account is kept in this currency, and takes no other."""
    base_url: str
    signing_key: SigningKey
    bank_keys: KeyRing

    def client(self) -> BankClient:
        """A line to the bank, on Tongbao's clock."""
        return BankClient(
            self.base_url,
            signing_key=self.signing_key,
            bank_keys=self.bank_keys,
            now=lambda: clock.now().timestamp(),
        )


def connection_of(shop: ShopView) -> Connection | None:
    """The connection for a shop's money; None when neither the merchant nor the platform has one that works."""
    settings = shop.settings
    if not settings.get("bank_url"):
        return platform_connection()
    try:
        return _from_settings(shop, settings)
    except (KeyError, ValueError):
        log.exception("the bank connection of %s cannot be used", shop.merchant_id)
        return None


def platform_connection() -> Connection | None:
    """The platform's own connection; None when none is set up. A broken file counts as none, and is logged."""
    path = Path(os.environ.get(CREDENTIALS_VARIABLE) or data_dir() / "bank.json")
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError:
        return None
    try:
        return _from_file(path, changed_at)
    except (OSError, ValueError, KeyError, TypeError):
        log.exception("the bank's credentials in %s cannot be used", path)
        return None


def check_connection(shop: ShopView) -> str:
    """Ask the bank something harmless with the keys of a shop, and say what came of it. Raises Refused."""
    connection = connection_of(shop)
    if connection is None:
        raise Refused(
            _("No bank is connected, or its keys cannot be read. Fill the settings in again, or ask the platform.")
        )
    answer: Result[Any] = connection.client().balance()
    if isinstance(answer, Done):
        if connection.id == PLATFORM:
            return gettext("The platform's bank answers, and both sides know each other's keys.")
        return gettext(
            "The bank answers for the account %(number)s, and both sides know each other's keys.",
            number=f"…{connection.account_number[-4:]}",
        )
    if isinstance(answer, Unknown):
        raise Refused(
            _("The bank did not answer in time, or under a key that is not known here. Check its address and keys.")
        )
    raise Refused(
        _(
            "The bank refuses: %(words)s (%(code)s). Check your key and the account number.",
            words=answer.message,
            code=answer.code,
        )
    )


def parse_bank_keys(text: str) -> KeyRing:
    """Keys written one on a line, as `id key`. Raises ValueError when there is none or one is malformed."""
    keys = []
    for line in text.splitlines():
        if line.strip():
            key_id, public = line.split()
            keys.append(VerifyingKey.from_text(key_id, public))
    if not keys:
        raise ValueError("no keys")
    return KeyRing(keys)


def _from_settings(shop: ShopView, settings: Mapping[str, Any]) -> Connection:
    return Connection(
        id=shop.merchant_id,
        account_number=settings["account_number"],
        account_name=settings["account_name"],
        currency=shop.currency,
        base_url=settings["bank_url"],
        signing_key=SigningKey.from_text(settings["key_id"], settings["private_key"]),
        bank_keys=parse_bank_keys(settings["bank_keys"]),
    )


@lru_cache(maxsize=4)
def _from_file(path: Path, changed_at: int) -> Connection:
    data = json.loads(path.read_text("utf-8"))
    return Connection(
        id=PLATFORM,
        account_number=data["account"],
        account_name=data["name"],
        currency=data.get("currency", "CNY"),
        base_url=data["base_url"],
        signing_key=SigningKey.from_text(data["key_id"], data["private_key"]),
        bank_keys=KeyRing(VerifyingKey.from_text(key["key_id"], key["public_key"]) for key in data["bank_keys"]),
    )
