"""What the holder of a gift card is written: its code, what is on it, until when, and what the giver wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_date

from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.messages.amounts import amount


def _code(values: Mapping[str, Any], head: Letterhead) -> Letter:
    worth = amount(values["amount_minor"], values["currency"])
    facts = [(_("Code"), values["code"]), (_("Worth"), worth)]
    if values["expires_at"]:
        facts.append((_("Until"), format_date(datetime.fromisoformat(values["expires_at"]), "long")))
    recipient, sender, message = (str(values.get(name) or "") for name in ("recipient", "sender", "message"))
    subject = _("Your gift card of %(amount)s", amount=worth)
    said = [_("Here is your gift card. Write its code into the cart, and it pays for what you choose.")]
    if sender:
        subject = _("%(sender)s gives you a gift card of %(amount)s", sender=sender, amount=worth)
        said.insert(0, _("%(sender)s has a present for you.", sender=sender))
    if recipient:
        said.insert(0, _("Hello %(name)s,", name=recipient))
    path = values.get("path")
    return Letter(
        subject=subject,
        lines=(*said, *(f"“{line}”" for line in message.splitlines() if line.strip())),
        facts=tuple(facts),
        action=(_("See and print the card"), f"{head.url}{path}") if path else (_("Go to the shop"), head.url),
        closing=(_("Whoever knows the code can spend the card: keep it like money."),),
    )


KINDS = (MessageKind("gift_card.code", _l("Gift card"), _code),)
