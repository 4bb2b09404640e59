"""What the tests of the payment plugin share: one bank process, and an endpoint that listens to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.payment.bank.client import BankClient
from tests.plugins.payment.bank_process import BankProcess, ListeningPost


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
