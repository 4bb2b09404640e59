"""How papers stand in the staff's review queue: what a reviewer reads, and what a decision does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import has_request_context, url_for
from markupsafe import Markup, escape
from werkzeug.routing import BuildError

from core.base.crypto import decrypt
from core.base.database import db
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.contract.decisions import Decision, Facts, ReviewKind
from core.identity.levels import LEVEL_LABELS
from core.identity.models import IdentityCase
from core.identity.numbers import NUMBER_KINDS
from core.identity.queries import others_with_number, papers_of, subject_name
from core.identity.reasons import REASONS
from core.identity.service import REVIEW_KIND, conclude


def describe(payload: Mapping[str, Any]) -> Facts:
    """What a reviewer reads; the number is masked, documents are links where there is a page to open them on."""
    case = db.session.get(IdentityCase, str(payload.get("case_id", "")))
    if case is None:
        return ((_l("Papers"), _("These papers are gone.")),)
    facts: list[tuple[Any, str]] = [
        (_l("Who"), subject_name(case.subject_kind, case.subject_id)),
        (_l("Step"), str(LEVEL_LABELS[case.level])),
    ]
    if case.number_kind:
        facts += [
            (_l("Document"), str(NUMBER_KINDS[case.number_kind].label)),
            (_l("Country or region"), case.country),
            (_l("Name on the document"), decrypt(case.name_encrypted)),
            (_l("Number of the document"), case.number_masked),
        ]
        if others := others_with_number(case):
            facts.append((_l("Also handed in by"), ", ".join(others)))
    facts.append((_l("Documents"), _linked(case)))
    return tuple(facts)


def _linked(case: IdentityCase) -> str:
    labels = [str(paper.label) for paper in papers_of(case.id)]
    text = ", ".join(labels) or "—"
    if not has_request_context():
        return text
    try:
        url = url_for("office.identity_case", case_id=case.id)
    except BuildError:
        return text
    return Markup('<a href="{}">{}</a>').format(url, escape(text))


def decide(decision: Decision) -> None:
    """The staff decided: the level is reached, or the reasons are told."""
    conclude(
        str(decision.payload["case_id"]),
        accepted=decision.accepted,
        reasons=decision.reasons,
        note=decision.note,
        decided_by=decision.reviewer_id,
    )


IDENTITY_REVIEW = ReviewKind(REVIEW_KIND, _l("Identity"), "reviews.decide", REASONS, describe, decide)


def _code(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("Your code for %(name)s", name=head.name),
        lines=(_("Type this code in to prove that this is yours."),),
        code=str(values["code"]),
        closing=(
            _("It holds for %(minutes)d minutes. Nobody of ours will ever ask you for it.", minutes=values["minutes"]),
        ),
    )


def _decided(values: Mapping[str, Any], head: Letterhead) -> Letter:
    if values["accepted"]:
        return Letter(
            subject=_("Your papers were accepted"),
            lines=(_("%(level)s: this step is done.", level=LEVEL_LABELS[int(values["level"])]),),
        )
    reasons = tuple(str(REASONS[code]) for code in values["reasons"] if code in REASONS)
    note = (str(values["note"]),) if values.get("note") else ()
    return Letter(
        subject=_("Your papers need another look"),
        lines=(_("They could not be accepted yet, for this reason:"), *reasons, *note),
        closing=(_("You can hand them in again at once."),),
    )


MESSAGES = (
    MessageKind("contact.code", _l("Code to prove an e-mail address"), _code, secret=True),
    MessageKind("contact.code_sms", _l("Code to prove a phone number"), _code, medium="sms", secret=True),
    MessageKind("identity.decided", _l("Papers accepted or rejected"), _decided),
)
