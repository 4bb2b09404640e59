"""A letter as plain text and as HTML, from the same words, so that the two never differ."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import force_locale
from jinja2 import Environment, PackageLoader, select_autoescape

from core.base.i18n import gettext as _
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.contract.providers import OutgoingMessage

SMS_CHARACTERS_MAX = 300


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("core.messages"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(
    kind: MessageKind, values: dict[str, Any], head: Letterhead, *, message_id: str, recipient: str, locale: str
) -> OutgoingMessage:
    """A message ready to leave, in its reader's language."""
    with force_locale(locale):
        letter = kind.compose(values, head)
        subject = " ".join(str(letter.subject).split())
        sms = kind.medium == "sms"
        shown = {"letter": letter, "head": head, "subject": subject, "lang": locale.replace("_", "-")}
        shown["sent_by"] = _("This message was sent by %(name)s.", name=head.name)
        return OutgoingMessage(
            message_id=message_id,
            recipient=recipient,
            sender_name=head.name,
            reply_to=head.contact_email,
            subject=subject,
            text=_short(letter, head) if sms else _templates().get_template("messages/letter.txt").render(shown),
            html="" if sms else _templates().get_template("messages/letter.html").render(shown),
            locale=locale,
        )


def _short(letter: Letter, head: Letterhead) -> str:
    words = " ".join([*map(str, letter.lines), letter.code, letter.action[1] if letter.action else ""])
    return f"[{head.name}] {' '.join(words.split())}"[:SMS_CHARACTERS_MAX]
