"""Refusals that programs meet at the door."""

from __future__ import annotations

from core.base.errors import Invalid, NotFound, Refused, SignInNeeded, TongbaoError, TooMany
from core.base.i18n import lazy_gettext as _


class TokenMissing(SignInNeeded):
    code = "token_missing"

    def __init__(self) -> None:
        super().__init__(_("Send a token: Authorization: Bearer tbk_… (make one in the console, under API)."))


class TokenInvalid(SignInNeeded):
    code = "token_invalid"

    def __init__(self) -> None:
        super().__init__(_("This token is unknown, expired or revoked."))


class RateLimited(TooMany):
    code = "rate_limited"

    def __init__(self, seconds: int) -> None:
        super().__init__(_("Too many requests. Wait %(seconds)d seconds.", seconds=seconds))
        self.seconds = seconds


class KeyMissing(TongbaoError):
    status = 400
    code = "idempotency_key_missing"

    def __init__(self) -> None:
        super().__init__(_("Send an Idempotency-Key with this request, so that trying again does nothing twice."))


class KeyReused(Refused):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another request. Use a new one for each."))


class StillUnderWay(Refused):
    code = "idempotency_key_in_flight"
    seconds = 1

    def __init__(self) -> None:
        super().__init__(_("The first request with this Idempotency-Key is still under way. Ask again in a moment."))


class NoSuchKey(NotFound):
    code = "key_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such token or client."))


class ScopesInvalid(Invalid):
    code = "scopes_invalid"

    def __init__(self) -> None:
        words = _("Choose at least one scope, and only such as exist.")
        super().__init__(words, fields={"scopes": words})
