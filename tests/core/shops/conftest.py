import pytest

from core.parties.service import register_member
from core.shops.service import open_shop


@pytest.fixture
def merchants(app):
    """Two merchants, by id."""
    owner = register_member(email="owner@example.com", name="Owner", password="a quiet green hill")
    return (
        open_shop("tea", "Quiet Tea", currency="CNY", owner_person_id=owner),
        open_shop("ceramics", "Kiln & Co", currency="EUR", owner_person_id=owner),
    )
