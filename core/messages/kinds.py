"""The one kind of message that belongs to no other room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import Letter, Letterhead, MessageKind


def _test(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("A test of messages"),
        lines=(_("If you can read this, messages from %(name)s arrive.", name=head.name),),
    )


KINDS = (MessageKind("platform.test", _l("Test message"), _test),)
