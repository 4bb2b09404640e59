"""The built-in identity check: people look at it."""

from __future__ import annotations

from core.base.i18n import lazy_gettext as _l
from core.contract.providers import IdentityCheck, IdentityOutcome, IdentityRequest, IdentityState


class ManualReview(IdentityCheck):
    """Hands everything to the platform's reviewers; used for whatever no other check can tell of."""

    id = "core.manual_review"
    label = _l("Reviewed by people")

    def check(self, request: IdentityRequest) -> IdentityOutcome:
        return IdentityOutcome(IdentityState.MANUAL)
