"""Named refusals of the control room."""

from core.base.errors import NotAllowed, Refused


class SecondPersonNeeded(NotAllowed):
    """Who proposed or submitted something cannot decide on it."""

    code = "second_person_needed"


class DecidedAlready(Refused):
    """Somebody decided on it meanwhile."""

    code = "decided_already"


class TakenBySomebody(Refused):
    """Another reviewer is looking at it."""

    code = "taken_by_somebody"


class LimitReached(Refused):
    """It would go over a limit."""

    code = "limit_reached"
