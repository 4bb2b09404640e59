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


class FactorNeeded(SignInNeeded):
    """The person has a second factor and must prove it (again) for this."""

    code = "factor_needed"


class FactorMissing(SignInNeeded):
    """This needs a second factor, and the person has none yet."""

    code = "factor_missing"


class WrongCode(SignInNeeded):
    """A code or a passkey's answer that proves nothing."""

    code = "wrong_code"


class LinkInvalid(Refused):
    code = "link_invalid"

    def __init__(self) -> None:
        super().__init__(_l("This link has expired or was used already. Ask for a new one."))


class KeyNotEnough(NotAllowed):
    """A program's key lacks the scope."""

    code = "scope_missing"


class PasswordWrong(Invalid):
    """The password that was typed in once more is not the one."""

    code = "password_wrong"

    def __init__(self) -> None:
        words = _l("This is not your password.")
        super().__init__(words, fields={"password": words})
