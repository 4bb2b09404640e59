"""Named refusals of the shops room."""

from core.base.errors import Refused


class DomainTaken(Refused):
    code = "domain_taken"


class DomainNotProven(Refused):
    code = "domain_not_proven"


class NameTaken(Refused):
    code = "name_taken"
