"""Named refusals of the parties room."""

from core.base.errors import NotAllowed, Refused, SignInNeeded, TooMany


class WrongSignIn(SignInNeeded):
    """The e-mail or the password is wrong; which of them is never told."""

    code = "wrong_sign_in"


class SignInThrottled(TooMany):
    code = "sign_in_throttled"


class AccountExists(Refused):
    code = "account_exists"


class RoleNotEnough(NotAllowed):
    code = "role_not_enough"


class KeyNotEnough(NotAllowed):
    """A program's key lacks the scope."""

    code = "scope_missing"
