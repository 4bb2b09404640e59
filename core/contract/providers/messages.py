"""Ways to bring a message to a person: e-mail, text messages."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from core.contract.providers.base import Provider

Medium = Literal["email", "sms"]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as it leaves. `message_id` is the same each time it is tried; `html` is empty for a phone."""

    message_id: str
    recipient: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    html: str = ""
    locale: str = "en"


class MessageState(StrEnum):
    """What came of a try."""

    SENT = "sent"
    REFUSED = "refused"
    """It will never be taken (there is no such address)."""
    LATER = "later"
    """Not now, or not known: it is tried again."""


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """How a try went. `detail` is for the log, without what the message says."""

    state: MessageState
    external_id: str = ""
    detail: str = ""


class MessageChannel(Provider):
    """Brings messages of one medium to their recipients."""

    medium: ClassVar[Medium]

    @abstractmethod
    def deliver(self, message: OutgoingMessage) -> MessageOutcome:
        """Hand a message over to the outside.

        Called by the worker outside any transaction, perhaps again with the same `message_id`, which the other side
        should be given so that it can tell. An exception counts as LATER.
        """
