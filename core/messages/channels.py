"""The built-in channels: e-mail by SMTP, and files in the data directory for development."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from core.base import clock
from core.base.config import Config
from core.base.i18n import lazy_gettext as _l
from core.contract.providers import MessageChannel, MessageOutcome, MessageState, OutgoingMessage

TIMEOUT_SECONDS = 20


def as_email(message: OutgoingMessage, from_address: str) -> EmailMessage:
    """A message in the form that mail servers take. Raises ValueError for an address that cannot be one."""
    mail = EmailMessage(policy=SMTP)
    local, _at, domain = from_address.rpartition("@")
    mail["From"] = Address(message.sender_name, local, domain)
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message.message_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.locale.replace("_", "-")
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


class SmtpChannel(MessageChannel):
    """E-mail through the server that TONGBAO_SMTP names."""

    id = "core.smtp"
    label = _l("E-mail by SMTP")
    medium = "email"

    def deliver(self, message: OutgoingMessage) -> MessageOutcome:
        config: Config = current_app.config["TONGBAO"]
        try:
            mail = as_email(message, config.mail_from)
        except ValueError as error:
            return MessageOutcome(MessageState.REFUSED, detail=f"not an address: {type(error).__name__}")
        try:
            with _connected(config.mail) as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, words = next(iter(refusal.recipients.values()))
            return _refusal(code, words)
        except smtplib.SMTPResponseException as refusal:
            # What the server says of our own sign-in is not this message's fault.
            code = 400 if isinstance(refusal, smtplib.SMTPAuthenticationError) else refusal.smtp_code
            return _refusal(code, refusal.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return MessageOutcome(MessageState.LATER, detail=f"{type(error).__name__}: {error}"[:300])
        return MessageOutcome(MessageState.SENT, str(mail["Message-ID"]))


def _refusal(code: int, words: bytes | str) -> MessageOutcome:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    state = MessageState.REFUSED if code >= 500 else MessageState.LATER
    return MessageOutcome(state, detail=f"{code} {said}"[:300])


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
    try:
        if parts.scheme == "smtp":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


class MailFileChannel(MessageChannel):
    """E-mail written into files (`<data>/messages/*.eml`), for development."""

    id = "core.mailfile"
    label = _l("E-mail into files, for development")
    medium = "email"

    def deliver(self, message: OutgoingMessage) -> MessageOutcome:
        config: Config = current_app.config["TONGBAO"]
        try:
            mail = as_email(message, config.mail_from)
        except ValueError:
            return MessageOutcome(MessageState.REFUSED, detail="not an address")
        (message_folder() / f"{message.message_id}.eml").write_bytes(mail.as_bytes())
        return MessageOutcome(MessageState.SENT, f"{message.message_id}.eml")


class SmsFileChannel(MessageChannel):
    """Text messages written into files, for development."""

    id = "core.smsfile"
    label = _l("Text messages into files, for development")
    medium = "sms"

    def deliver(self, message: OutgoingMessage) -> MessageOutcome:
        name = f"{message.message_id}.txt"
        (message_folder() / name).write_text(f"{message.recipient}\n\n{message.text}\n", encoding="utf-8")
        return MessageOutcome(MessageState.SENT, name)


def message_folder() -> Path:
    """Where the channels for development write."""
    config: Config = current_app.config["TONGBAO"]
    folder = config.data_dir / "messages"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


BUILT_IN: tuple[MessageChannel, ...] = (SmtpChannel(), MailFileChannel(), SmsFileChannel())
