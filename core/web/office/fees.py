"""The platform's own invoices to merchants, for its fees."""

from __future__ import annotations

import re

from flask import Response

from core.base.transactions import end_read
from core.documents.drawing.invoice import invoice_pdf
from core.documents.queries import fee_paper, fee_papers, fee_totals, file_name
from core.web.console.invoices import pdf_response
from core.web.console.page import argument
from core.web.office.page import blueprint, show, staff_page


@blueprint.get("/fees")
@staff_page("ledger.view")
def fees() -> Response:
    """The invoices by month, and what each month came to."""
    month = argument("month", 7)
    month = month if re.fullmatch(r"[0-9]{4}-[0-9]{2}", month) else ""
    rows, next_before = fee_papers(period=month, before=argument("before", 20))
    return show("fees", rows=rows, next_before=next_before, month=month, totals=fee_totals())


@blueprint.get("/fees/<paper_id>.pdf")
@staff_page("ledger.view")
def fee_file(paper_id: str) -> Response:
    """One of them as PDF."""
    found = fee_paper(paper_id)
    end_read()
    return pdf_response(invoice_pdf(found), file_name(found.code))
