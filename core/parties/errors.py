"""Named refusals of the parties room."""

from core.base.errors import Invalid, NotAllowed, Refused, SignInNeeded, TooMany
from core.base.i18n import lazy_gettext as _l


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


class PasswordWrong(Invalid):
    """The password that was typed in once more is not the one."""

    code = "password_wrong"

    def __init__(self) -> None:
        words = _l("This is not your password.")
        super().__init__(words, fields={"password": words})
