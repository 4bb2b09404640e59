"""What is written to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.sdk import Letter, Letterhead, MessageKind, gettext
from core.sdk import lazy_gettext as _


def _wrapped(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=gettext("Order %(code)s is wrapped", code=values["code"]),
        lines=(gettext("It can be shipped now."),),
        facts=((gettext("Order"), values["code"]),),
    )


WRAPPED = MessageKind("giftwrap.wrapped", _("Gift wrapped"), _wrapped)
