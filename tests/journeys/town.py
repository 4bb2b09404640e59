"""A town of shops for journeys: the real server, worker and bank, each its own process, and goods on the shelves."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from flask import Flask

from core.app import create_app
from core.base.config import load_config
from core.base.database import db
from core.catalog.categories import create_category
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.images import add_image
from core.catalog.service import create_product
from core.discounts.service import Terms, create_discount
from core.parties.factors import vouch_for
from core.parties.service import register_member
from core.parties.totp import begin_totp, code_of, confirm_totp
from core.payments.accounts import add_bank_account
from core.seed.codes import demo_secret
from core.seed.pictures import picture
from core.shops.service import open_shop, set_plugin
from tests.plugins.payment.bank_process import BankProcess

PASSWORD = "a quiet green hill"
START_SECONDS_MAX = 60
RATES = {"flat_minor": 800, "free_over_minor": 50_000}


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass(frozen=True)
class Stall:
    """A shop that stands in the town, and how its owner signs in."""

    merchant_id: str
    url: str
    owner_email: str


class Town:
    """What is served, and the hands to build shops in it. The bank is `bank`."""

    def __init__(self, folder: Path, bank: BankProcess) -> None:
        self.bank = bank
        self.port = free_port()
        self.settings = {
            "PORT": str(self.port),
            "TONGBAO_DATABASE_URL": f"sqlite:///{folder / 'town.db'}",
            "TONGBAO_DATA_DIR": str(folder),
            "TONGBAO_PAYOUT_LEVEL": "0",
            "TONGBAO_BANK_CREDENTIALS": str(bank.credentials_file),
        }
        self._log = folder / "server.log"
        self.command("db", "upgrade")
        self.app: Flask = create_app(load_config(self.settings))

    @property
    def console(self) -> str:
        """Where merchants sign in."""
        return f"http://localhost:{self.port}"

    def command(self, *arguments: str) -> str:
        """Run a `tongbao` command and return what it says; it must end well."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            env=os.environ | self.settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def served(self) -> Iterator[Town]:
        """Serve it as `tongbao run` does, worker included, for the time of the block."""
        with self._log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "core.cli", "run"],
                env=os.environ | self.settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                self._wait(process)
                yield self
            finally:
                process.terminate()
                process.wait(20)
                with self.app.app_context():
                    db.engine.dispose()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        pause = threading.Event()
        while process.poll() is None and time.monotonic() < deadline:
            try:
                requests.get(f"{self.console}/sign-in", timeout=5).raise_for_status()
            except requests.RequestException:
                pause.wait(0.1)
            else:
                return
        raise RuntimeError(f"the server did not start:\n{self._log.read_text()}")

    def open_stall(self, name: str = "Cloud Ridge 云岭", locale: str = "en") -> Stall:
        """A tea shop of its own: two products on a shelf, a discount code of ten percent, rates and a bank account."""
        slug = f"tea-{secrets.token_hex(4)}"
        email = f"owner@{slug}.example"
        with self.app.app_context():
            try:
                person_id = register_member(email=email, name="Shen Mei 沈梅", password=PASSWORD)
                merchant_id = open_shop(
                    slug,
                    name,
                    currency="CNY",
                    owner_person_id=person_id,
                    locale=locale,
                    tagline="高山云雾出好茶",
                    contact_email=email,
                )
                set_plugin(merchant_id, "logistics", enabled=True, settings=RATES, actor_id=None)
                _fill_shelves(merchant_id)
                create_discount(merchant_id, Terms(rate_ppm=100_000), code="WELCOME10", actor_id=None)
                with vouch_for(person_id):
                    add_bank_account(
                        merchant_id,
                        holder=name,
                        bank_name="Bank of Hangzhou",
                        bank_code="313331000014",
                        number="6222020200119876",
                        actor_id=person_id,
                    )
                secret = begin_totp(person_id, secret=demo_secret(email))
                confirm_totp(person_id, code_of(secret), password=PASSWORD, address="127.0.0.1")
            finally:
                db.session.remove()
        return Stall(merchant_id, f"http://{slug}.localhost:{self.port}", email)


def _fill_shelves(merchant_id: str) -> None:
    shelf = create_category(merchant_id, name="Green tea 绿茶")
    weights = (("50 g", 6800), ("100 g", 12_800))
    longjing = create_product(
        merchant_id,
        ProductDetails(
            name="West Lake Longjing 西湖龙井",
            summary="Chestnut, sweet pea, spring water.",
            description_html="<p>Hand-fired in an iron wok.</p>",
        ),
        options=(OptionDetails("Weight", tuple(label for label, _price in weights)),),
        variants=[
            VariantDetails(
                price_minor=price, option_values=(label,), sku=f"LJ-{label[:-2]}", weight_grams=100, on_hand=9
            )
            for label, price in weights
        ],
        category_ids=[shelf],
    )
    add_image(merchant_id, longjing, picture("Longjing", "tin", 95), alt="A tin of Longjing")
    create_product(
        merchant_id,
        ProductDetails(name="Tieguanyin 铁观音", summary="Lilac, cream, a cool breath."),
        options=(),
        variants=[VariantDetails(price_minor=4600, sku="TGY", weight_grams=100, on_hand=2)],
        category_ids=[shelf],
    )
