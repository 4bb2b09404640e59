"""Named refusals of the identity room."""

from core.base.errors import Refused


class VerificationNeeded(Refused):
    """Something needs a higher level of verification."""

    code = "verification_needed"


class CodeWrong(Refused):
    """The code is wrong, expired or was used already."""

    code = "code_wrong"


class CaseClosed(Refused):
    """The papers are with the staff, or were decided on already."""

    code = "case_closed"
