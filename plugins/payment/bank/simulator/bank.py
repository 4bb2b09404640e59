"""The bank as one object: its book, its courier, and the address under which payers reach it."""

from dataclasses import dataclass

from plugins.payment.bank.simulator.models import Book
from plugins.payment.bank.simulator.notices import Courier


@dataclass
class Bank:
    """What the views need. `admin_token` opens the admin door."""

    book: Book
    courier: Courier
    public_url: str
    admin_token: str
