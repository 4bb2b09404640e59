"""Papers of somebody: handed out as a list; they outlive an erasure, because the law says that books are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select

from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import DataSubject, Kept, PersonalData
from core.documents.content import content_of
from core.documents.models import Invoice
from core.orders.models import Order
from core.taxes.models import TaxExemption

PAPERS_MAX = 20_000


def _mine(subject: DataSubject) -> Any:
    orders = select(Order.id).where(Order.merchant_id == subject.merchant_id, Order.customer_id == subject.id)
    return (Invoice.merchant_id == subject.merchant_id, Invoice.order_id.in_(orders))


def _exemption(subject: DataSubject) -> tuple[Any, ...]:
    return (TaxExemption.merchant_id == subject.merchant_id, TaxExemption.customer_id == subject.id)


def _collect(subject: DataSubject) -> Any:
    if subject.kind != "customer":
        return None
    papers = db.session.scalars(select(Invoice).where(*_mine(subject)).order_by(Invoice.id).limit(PAPERS_MAX)).all()
    exempt = db.session.scalars(select(TaxExemption).where(*_exemption(subject))).one_or_none()
    return {
        "papers": [
            {
                "number": paper.code,
                "kind": paper.series,
                "order": paper.order_code,
                "issued_at": paper.issued_at,
                "total_minor": paper.total_minor,
                "currency": paper.currency,
                "name": paper.buyer_name,
                "address": list(content_of(paper.content).buyer.lines),
            }
            for paper in papers
        ],
        "tax_exemption": {"reason": exempt.reason, "tax_id": exempt.tax_id} if exempt is not None else None,
    }


@transactional
def _erase(subject: DataSubject) -> None:
    if subject.kind == "customer":
        db.session.execute(delete(TaxExemption).where(*_exemption(subject)))


def _kept(subject: DataSubject) -> Sequence[Kept]:
    if subject.kind != "customer":
        return ()
    count = db.session.scalar(select(func.count()).select_from(Invoice).where(*_mine(subject)))
    if not count:
        return ()
    return (
        Kept(
            _l("Invoices and credit notes, with the name and address that stand on them"),
            _l("The law wants issued papers kept unchanged for years."),
            count,
        ),
    )


PERSONAL_DATA = PersonalData("documents", _l("Invoices"), _collect, _erase, _kept, frozenset({"customer"}))
