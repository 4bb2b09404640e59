"""The tree of refusals. Each says what happened and what to do, and has a stable code for programs.

TongbaoError
├── NotFound        404  it is not here, or not yours (the two are never told apart)
├── NotAllowed      403  you may not do this
├── SignInNeeded    401  sign in first
├── Invalid         422  what was sent cannot be used; `fields` says where
├── Refused         409  the state of things forbids it (sold out, already paid, not enough money)
├── TooMany         429  slow down
└── OutsideUnknown  502  somebody else's system did not give an answer that can be relied on
"""

from __future__ import annotations

from collections.abc import Mapping


class TongbaoError(Exception):
    """A refusal that a person can read. `code` is stable; `message` may be a lazy translation."""

    status = 500
    code = "error"

    def __init__(self, message: object, *, code: str | None = None, fields: Mapping[str, object] | None = None):
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields: dict[str, object] = dict(fields or {})

    def __str__(self) -> str:
        return str(self.message)


class NotFound(TongbaoError):
    """It is not here, or not yours."""

    status = 404
    code = "not_found"


class NotAllowed(TongbaoError):
    """You may not do this."""

    status = 403
    code = "not_allowed"


class SignInNeeded(TongbaoError):
    """Sign in first."""

    status = 401
    code = "sign_in_needed"


class Invalid(TongbaoError):
    """What was sent cannot be used; `fields` says where."""

    status = 422
    code = "invalid"


class Refused(TongbaoError):
    """The state of things forbids it."""

    status = 409
    code = "refused"


class TooMany(TongbaoError):
    """Slow down."""

    status = 429
    code = "too_many"


class OutsideUnknown(TongbaoError):
    """Somebody else's system gave no answer that can be relied on."""

    status = 502
    code = "outside_unknown"
