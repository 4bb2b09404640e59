"""What the rooms of people register: checks, the review queue, letters, encrypted rows, personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.base.crypto import blind_index, decrypt
from core.base.database import db
from core.base.encrypted import encrypted_columns
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import DataSubject, EncryptedRows, Job
from core.contract.registry import Contributions
from core.identity.checks import ManualReview
from core.identity.models import IdentityCase, IdentityPaper
from core.identity.numbers import INDEX
from core.identity.personal import PERSONAL_DATA
from core.identity.reviewing import IDENTITY_REVIEW, MESSAGES
from core.identity.service import ask_checks
from core.messages.models import Message
from core.messages.personal import personal_data
from core.parties.models import Customer, Person


def addresses_of(subject: DataSubject) -> Sequence[str]:
    """Where messages to somebody went: e-mail and phone."""
    if subject.kind == "person":
        row = db.session.execute(select(Person.email, Person.phone).where(Person.id == subject.id)).first()
    else:
        row = db.session.execute(
            select(Customer.email, Customer.phone).where(
                Customer.merchant_id == subject.merchant_id, Customer.id == subject.id
            )
        ).first()
    return [address for address in (row or ()) if address]


def _index_again(row: Any) -> dict[str, Any]:
    return {"number_index": blind_index(INDEX, decrypt(row.number_encrypted))} if row.number_encrypted else {}


def _ask() -> None:
    ask_checks()


PARTS = Contributions(
    providers=(ManualReview(),),
    jobs=(Job("identity.ask", timedelta(seconds=10), _ask),),
    review_kinds=(IDENTITY_REVIEW,),
    message_kinds=MESSAGES,
    # Messages first: they are found by the addresses that the account's own part erases.
    personal_data=(personal_data(addresses_of), PERSONAL_DATA),
    encrypted_rows=(
        EncryptedRows(
            "identity.numbers",
            _l("Identity numbers"),
            encrypted_columns(IdentityCase, "name_encrypted", "number_encrypted", also=_index_again),
        ),
        EncryptedRows(
            "identity.papers", _l("Identity documents"), encrypted_columns(IdentityPaper, "content_encrypted")
        ),
        EncryptedRows("messages", _l("Messages on their way"), encrypted_columns(Message, "sealed")),
    ),
)
