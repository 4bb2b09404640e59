"""What the tests of the payment plugin share: one bank process, and an endpoint that listens to it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from core.contract.providers import PaymentState
from plugins.payment.bank.client import BankClient
from tests.plugins.payment.bank_process import BankProcess, ListeningPost
from tests.plugins.payment.sale import Sale, begin_sale


@pytest.fixture(scope="session")
def shared_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    bank = BankProcess(tmp_path_factory.mktemp("bank"))
    bank.start()
    yield bank
    bank.stop()


@pytest.fixture
def bank(shared_bank: BankProcess) -> BankProcess:
    """The bank, behaving."""
    shared_bank.behave()
    return shared_bank


@pytest.fixture
def own_bank(tmp_path: Path) -> Iterator[BankProcess]:
    """A bank of the test's own, which it may stop, move in time or give new keys."""
    bank = BankProcess(tmp_path)
    bank.start()
    yield bank
    bank.stop()


@pytest.fixture
def client(bank: BankProcess) -> BankClient:
    return bank.client()


@pytest.fixture
def post() -> Iterator[ListeningPost]:
    listening = ListeningPost()
    yield listening
    listening.close()


@pytest.fixture
def notify_url(bare_app: Flask) -> Iterator[str]:
    """The application served over HTTP, for the bank's notices."""
    server = make_server("127.0.0.1", 0, bare_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks/payment"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connected(bank: BankProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankProcess:
    """A bank at which the platform has a fresh account."""
    partner = bank.new_partner(tmp_path)
    monkeypatch.setenv("TONGBAO_BANK_CREDENTIALS", str(partner.credentials_file))
    return partner


@pytest.fixture
def sale(app: Flask, connected: BankProcess, notify_url: str) -> Sale:
    found = begin_sale(connected, notify_url)
    assert found.payment.state == PaymentState.REQUIRES_ACTION
    return found
