"""Named refusals about webhooks."""

from __future__ import annotations

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _


class EndpointNotFound(NotFound):
    code = "webhook_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such webhook."))


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such delivery."))


class TooManyEndpoints(Refused):
    code = "too_many_webhooks"


class AddressRefused(Invalid):
    code = "webhook_address_refused"

    def __init__(self) -> None:
        words = _("Write an address on the open internet that begins with https://.")
        super().__init__(words, fields={"url": words})


class TopicsInvalid(Invalid):
    code = "webhook_topics_invalid"

    def __init__(self) -> None:
        words = _("Choose at least one event, and only such as exist.")
        super().__init__(words, fields={"topics": words})
