from __future__ import annotations

import io

import pytest
from PIL import Image

from core.identity.contacts import note_proven
from core.parties.organisations import open_organisation
from core.parties.service import register_member
from core.parties.staff import set_staff_role
from core.sdk.testing import outside

PASSWORD = "a good sentence"
RESIDENT_ID = "360426199101010071"
USCC = "91110000600037341L"


def picture(size: tuple[int, int] = (640, 400), format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 190, 170)).save(file, format)
    return file.getvalue()


@pytest.fixture(autouse=True)
def fresh_outside():
    outside.reset()
    yield
    outside.reset()


@pytest.fixture
def mei(app) -> str:
    return register_member(email="mei@example.com", name="Shen Mei", password=PASSWORD)


@pytest.fixture
def proven(mei) -> str:
    note_proven(mei, "email", "mei@example.com")
    return mei


@pytest.fixture
def reviewer(app) -> str:
    person_id = register_member(email="reviewer@example.com", name="Reviewer", password=PASSWORD)
    set_staff_role(person_id, "reviewer", actor_id=None)
    return person_id


@pytest.fixture
def funder(proven) -> str:
    return open_organisation("funder", "West Lake Capital", owner_person_id=proven)
