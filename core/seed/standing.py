"""Who of the demo is verified how far: shops that may withdraw, and papers in every state of the queue."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw
from sqlalchemy import select
from stdnum.cn import ric, uscc

from core.base.database import db
from core.base.transactions import end_read
from core.control.models import Review
from core.control.reviews import decide_review
from core.identity.contacts import note_proven
from core.identity.numbers import Subject
from core.identity.service import add_paper, begin_case, submit_case
from core.parties.models import Person
from core.parties.organisations import open_organisation
from core.parties.service import register_member
from core.parties.team import add_member
from core.seed.people import PASSWORD

REVIEWER = "reviewer@tongbao.example"
"""One of the platform's other people (core.seed.people)."""
FUNDER = ("Westlake Capital 西湖资本", ("jiang@westlake.example", "Jiang He 江河", "zh_Hans"))
BROKER = ("Clear Seal Appraisers 明印评估", ("tan@clearseal.example", "Tan Wei Ling", "en"))
WAITING = ("guo@members.example", "Guo Xiang 郭襄", "zh_Hans")
REJECTED = ("omar@members.example", "Omar Haddad", "en")
BEGUN = ("lo@members.example", "Lo Sui Fan 盧小芬", "zh_Hant")


def _paper(title: str) -> bytes:
    """A sheet that looks like a document and says that it is none."""
    sheet = Image.new("RGB", (900, 560), (244, 239, 228))
    drawn = ImageDraw.Draw(sheet)
    drawn.rectangle((24, 24, 876, 536), outline=(150, 130, 100), width=3)
    drawn.rectangle((60, 120, 280, 400), fill=(214, 205, 188))
    drawn.text((330, 120), f"SPECIMEN: {title}", fill=(70, 60, 50), font_size=34)
    for line in range(5):
        drawn.rectangle((330, 200 + 50 * line, 820 - 40 * line, 216 + 50 * line), fill=(201, 190, 170))
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=80)
    return file.getvalue()


def _resident_id(number: int) -> str:
    body = f"3301061988{number % 12 + 1:02d}{number % 27 + 1:02d}{number:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def _credit_code(number: int) -> str:
    body = f"91330106MA2{number:06d}"
    return body + uscc.calc_check_digit(body)


def _hand_in(kind: Subject, subject_id: str, actor_id: str, kind_of_number: str, name: str, number: str) -> None:
    case_id = begin_case(kind, subject_id, 2, actor_id=actor_id)
    papers = {"cn_resident_id": ("front", "back"), "passport": ("data_page",), "cn_uscc": ("licence",)}
    for paper in papers[kind_of_number]:
        add_paper(case_id, paper, _paper(f"{paper.replace('_', ' ').upper()}"), actor_id=actor_id)
    country = "JO" if kind_of_number == "passport" else ""
    submit_case(case_id, actor_id=actor_id, number_kind=kind_of_number, country=country, name=name, number=number)


def _decide(subject: str, reviewer_id: str, *, reasons: tuple[str, ...] = (), note: str = "") -> None:
    review_id = db.session.scalar(select(Review.id).where(Review.subject == subject, Review.state == "waiting"))
    end_read()
    if review_id is not None:
        decide_review(review_id, reviewer_id=reviewer_id, accepted=not reasons, reasons=reasons, note=note)


def _member(who: tuple[str, str, str], *, proven: bool = True, staff_role: str | None = None) -> str:
    person_id = register_member(email=who[0], name=who[1], password=PASSWORD, locale=who[2], staff_role=staff_role)
    if proven:
        note_proven(person_id, "email", who[0])
    return person_id


def verify_people(owners: Mapping[str, tuple[str, str]]) -> None:
    """Verify the demo's merchants (`owners`: merchant's id to owner's id and name) and fill the review queue."""
    reviewer_id = _person_id(REVIEWER)
    note_proven(reviewer_id, "email", REVIEWER)
    for number, (merchant_id, (owner_id, name)) in enumerate(owners.items(), start=1):
        email = db.session.scalar(select(Person.email).where(Person.id == owner_id)) or ""
        end_read()
        note_proven(owner_id, "email", email)
        _hand_in("organisation", merchant_id, owner_id, "cn_uscc", name, _credit_code(1000 + number))
        _decide(f"organisation:{merchant_id}", reviewer_id)
    _merchant, (first_owner, _name) = next(iter(owners.items()))
    _hand_in("person", first_owner, first_owner, "cn_resident_id", "沈梅", _resident_id(28))
    _decide(f"person:{first_owner}", reviewer_id)

    funder = _organisation("funder", FUNDER, 2001)
    _decide(f"organisation:{funder}", reviewer_id)
    add_member(funder, email="mei@tea.example", role="viewer", actor_id=_person_id(FUNDER[1][0]))
    _organisation("intermediary", BROKER, 2002)

    waiting = _member(WAITING)
    _hand_in("person", waiting, waiting, "cn_resident_id", "郭襄", _resident_id(46))
    rejected = _member(REJECTED)
    _hand_in("person", rejected, rejected, "passport", "Omar Haddad", "P0428815")
    note = "The lower edge is cut off."
    _decide(f"person:{rejected}", reviewer_id, reasons=("unreadable",), note=note)
    begun = _member(BEGUN)
    case_id = begin_case("person", begun, 2, actor_id=begun)
    add_paper(case_id, "front", _paper("FRONT"), actor_id=begun)


def _organisation(kind: str, who: tuple[str, tuple[str, str, str]], number: int) -> str:
    name, owner = who
    owner_id = _member(owner)
    organisation_id = open_organisation(kind, name, owner_person_id=owner_id, country="CN")
    _hand_in("organisation", organisation_id, owner_id, "cn_uscc", name, _credit_code(number))
    return organisation_id


def _person_id(email: str) -> str:
    found = db.session.scalar(select(Person.id).where(Person.email == email)) or ""
    end_read()
    return found
