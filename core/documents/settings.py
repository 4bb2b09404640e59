"""How a merchant's papers are headed and numbered."""

from __future__ import annotations

import re
from typing import Final

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.shops.options import change_options

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9/-]{0,11}")
TEXTS: Final = ("legal_name", "legal_id", "tax_id", "legal_address", "phone", "invoice_footer", "invoice_payment_note")
PREFIXES: Final = ("invoice_prefix", "credit_note_prefix")


@transactional
def change_paper_settings(merchant_id: str, *, actor_id: str | None, **values: str) -> None:
    """Set the company that papers name, the beginnings of their numbers, the words below; for papers from now on.

    Names are those of TEXTS and PREFIXES. Raises RoleNotEnough, Invalid with `fields`, NotFound.
    """
    problems: dict[str, object] = {}
    for name in PREFIXES:
        if values.get(name) and not _PREFIX.fullmatch(values[name]):
            problems[name] = _("Use at most 12 letters, digits, hyphens and slashes.")
    first, second = (values.get(name) or "" for name in PREFIXES)
    if first and first == second:
        problems["credit_note_prefix"] = _("Credit notes need another beginning than invoices.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    unknown = set(values) - {*TEXTS, *PREFIXES}
    if unknown:
        raise TypeError(f"{sorted(unknown)} are not settings of papers")
    change_options(merchant_id, actor_id=actor_id, **values)
