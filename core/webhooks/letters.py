"""What owners are written when a webhook was switched off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import Letter, Letterhead, MessageKind


def _switched_off(values: Mapping[str, Any], head: Letterhead) -> Letter:
    why = (
        _("It answered that it is gone for good.")
        if values.get("because") == "gone"
        else _("It has not answered well for five days.")
    )
    return Letter(
        subject=_("A webhook of %(shop)s was switched off", shop=head.name),
        lines=(
            _("This address is told nothing any more: %(url)s", url=values["url"]),
            why,
            _("Mend it, then switch it on again in the console under API. What waits is sent then."),
        ),
    )


KINDS = (MessageKind("webhook.switched_off", _l("A webhook was switched off"), _switched_off),)
