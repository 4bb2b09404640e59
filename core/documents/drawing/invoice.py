"""How an invoice, a credit note and the platform's invoice look."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale

from core.base.i18n import gettext as _
from core.base.i18n import in_locale, money_text
from core.base.money import Money, minor_digits
from core.documents.content import PaperContent, content_of
from core.documents.drawing.paper import INNER, Cell, Column, Paper
from core.documents.models import Invoice
from core.orders.pricing import rate_label
from core.taxes.rules import AppliedTax


def plain_amount(amount_minor: int, currency: str) -> str:
    """An amount without its currency, as tables hold it."""
    digits = minor_digits(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(Money(amount_minor, currency).decimal, format=pattern, locale=get_locale() or "en")


def day(moment: datetime | str) -> str:
    """A day in the language that is set."""
    if not moment:
        return ""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return format_date(when, format="long", locale=get_locale() or "en")


def invoice_pdf(invoice: Invoice, *, locale: str | None = None) -> bytes:
    """The PDF of an issued paper, in the buyer's language or another; the same each time it is made."""
    with in_locale(locale or invoice.locale):
        return _Sheet(invoice, locale or invoice.locale).drawn()


def title_of(series: str) -> str:
    """What a paper is called."""
    return {"invoice": _("Invoice"), "credit_note": _("Credit note"), "fee": _("Fee invoice")}[series]


class _Sheet:
    def __init__(self, invoice: Invoice, locale: str) -> None:
        self.invoice = invoice
        self.content: PaperContent = content_of(invoice.content)
        self.currency = invoice.currency
        seller = self.content.seller
        self.paper = Paper(
            locale=locale,
            title=f"{title_of(invoice.series)} {invoice.code}",
            made_at=invoice.issued_at,
            author=seller.name,
            foot=(seller.name + (f" · {seller.tax_id}" if seller.tax_id else ""), *_short(self.content.footer)),
            accent=self.content.accent,
        )

    def drawn(self) -> bytes:
        content, paper = self.content, self.paper
        paper.letterhead(title_of(self.invoice.series), self.invoice.code, content.seller.name, content.seller.lines)
        paper.facts(_("For"), (content.buyer.name, *content.buyer.lines), self._facts())
        self._lines()
        self._sums()
        paper.y += 5
        self._taxes()
        self._closing()
        return paper.bytes()

    def _facts(self) -> list[tuple[str, str]]:
        content = self.content
        return [
            (_("Issued on"), day(content.issued_on or self.invoice.issued_at)),
            (_("Corrects invoice"), content.corrects),
            (_("Period"), str(content.extra.get("period", ""))),
            (_("Order"), self.invoice.order_code),
            (_("Ordered on"), day(content.placed_at)),
            (_("Paid on"), day(content.paid_at)),
            (_("Paid by"), content.paid_by),
            (_("Reason"), content.reason),
        ]

    def _lines(self) -> None:
        rated = any(line.rate for line in self.content.lines)
        priced = any(line.unit_price_minor for line in self.content.lines)
        columns = [
            Column(_("Description"), INNER - 54 - (34 if priced else 0) - (16 if rated else 0)),
            Column(_("Quantity"), 18, "R"),
            *([Column(_("Unit price (%(currency)s)", currency=self.currency), 34, "R")] if priced else []),
            *([Column(_("Tax"), 16, "R")] if rated else []),
            Column(_("Amount (%(currency)s)", currency=self.currency), 36, "R"),
        ]
        rows = []
        for line in self.content.lines:
            row: list[Cell | str] = [
                Cell(line.name, line.detail),
                format_decimal(line.quantity, locale=get_locale() or "en"),
                *([plain_amount(line.unit_price_minor, self.currency)] if priced else []),
                *([line.rate] if rated else []),
                plain_amount(line.total_minor, self.currency),
            ]
            rows.append(row)
        self.paper.table(columns, rows)

    def _sums(self) -> None:
        sums = [(one.label, money_text(one.amount_minor, self.currency)) for one in self.content.sums]
        word = {
            "invoice": _("Total"),
            "credit_note": _("Given back"),
            "fee": _("Total"),
        }[self.invoice.series]
        self.paper.sums(sums, (word, money_text(self.invoice.total_minor, self.currency)))

    def _taxes(self) -> None:
        taxes = self.content.taxes
        if any(tax.tax_minor for tax in taxes):
            columns = [
                Column(_("Tax"), INNER - 108),
                Column(_("Without tax (%(currency)s)", currency=self.currency), 36, "R"),
                Column(_("Tax (%(currency)s)", currency=self.currency), 36, "R"),
                Column(_("With tax (%(currency)s)", currency=self.currency), 36, "R"),
            ]
            rows = [
                [
                    rate_label(AppliedTax(tax.name, tax.rate_ppm)) or _("Without tax"),
                    *(plain_amount(part, self.currency) for part in (tax.base_minor, tax.tax_minor, tax.gross_minor)),
                ]
                for tax in taxes
            ]
            self.paper.room_for(14 + 8 * len(rows))
            self.paper.table(columns, rows, size=8)
            self.paper.y += 5

    def _closing(self) -> None:
        content, paper = self.content, self.paper
        if self.invoice.series == "invoice" and content.paid_at:
            paper.room_for(14)
            paper.stamp(_("Paid on %(day)s", day=day(content.paid_at)))
            paper.y += 12
        if content.tax_note:
            paper.note(_("No tax was charged: %(reason)s", reason=content.tax_note))
        paper.note(content.payment_note)
        paper.note(content.footer if len(_short(content.footer)) == 0 else "")
        if content.url:
            paper.code(content.url, _("Where the order is, and what has happened:") + "\n" + content.url)


def _short(footer: str) -> tuple[str, ...]:
    """A footer of two short lines stands at the foot of each page; a longer one once, below the paper."""
    lines = footer.splitlines()
    return tuple(lines) if len(lines) <= 2 and all(len(line) <= 90 for line in lines) else ()
