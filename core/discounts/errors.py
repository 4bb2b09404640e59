"""Why a discount is not given, in words for the buyer."""

from __future__ import annotations

from core.base.errors import Refused


class CouponRefused(Refused):
    """The code lowers nothing here; the message says why."""

    code = "coupon_refused"
