"""The bank's refusals."""


class Refusal(Exception):
    """The bank says no and has done nothing. `code` is part of the protocol, `message` is for people."""

    def __init__(self, code: str, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_found(what: str) -> Refusal:
    """The bank knows no such thing of this partner."""
    return Refusal("not_found", f"The bank knows no {what} with this reference.", 404)


def conflict() -> Refusal:
    """A reference was used before, for something else."""
    return Refusal("reference_conflict", "This reference was used before with other terms.", 409)
