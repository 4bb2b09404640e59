import pytest

from core.parties.service import register_member


@pytest.fixture
def staff(app):
    """Makes one of the platform's staff in a role; gives the person's id."""
    count = iter(range(100))

    def make(role: str | None) -> str:
        number = next(count)
        return register_member(
            email=f"{role}{number}@platform.example",
            name=f"{role} {number}",
            password="a long enough one",
            staff_role=role,
        )

    return make
