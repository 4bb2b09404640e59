"""Search over everything that the role may see, grouped by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, url_for
from werkzeug.routing import BuildError

from core.audit import record
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.contract.runtime import registry
from core.contract.search import SearchHit
from core.web.console.page import argument
from core.web.office.page import blueprint, show, staff_id, staff_page, the_member

CHARACTERS_MIN, CHARACTERS_MAX = 2, 120
SHOWN = 8
HINTS = (
    (_("Merchants and shops"), _("A part of the name, the name below our address, or a domain")),
    (_("Orders"), _("The code, as the buyer says it on the phone")),
    (_("People and customers"), _("The e-mail address, or how it begins")),
    (_("Payments and withdrawals"), _("The reference of the bank or provider")),
    (_("Ledger and audit trail"), _("An id or reference, such as payout:pyo_…")),
    (_("Products"), _("The SKU, or how the name begins")),
)


@dataclass(frozen=True, slots=True)
class Group:
    """What one source found; `more` says that there is more than is shown."""

    label: Any
    hits: Sequence[tuple[SearchHit, str]]
    more: bool


@blueprint.get("/search")
@staff_page("search")
def search() -> Response:
    """What a text finds, in groups; a word of explanation while there is none."""
    text = argument("q", CHARACTERS_MAX).replace("\x00", "").strip()
    groups = _found(text) if len(text) >= CHARACTERS_MIN else []
    return show("search", text=text, groups=groups, hints=HINTS, short=0 < len(text) < CHARACTERS_MIN)


def _found(text: str) -> list[Group]:
    member, groups, personal = the_member(), [], []
    for owned in registry().search_sources:
        source = owned.item
        if not member.may_in_office(source.permission):
            continue
        hits = source.find(text, SHOWN + 1)
        if hits and source.personal:
            personal.append(source.name)
        linked = [(hit, address) for hit in hits[:SHOWN] if (address := _address(hit)) is not None]
        if linked:
            groups.append(Group(source.label, linked, len(hits) > SHOWN))
    if personal:
        note_people_searched(personal, actor_id=staff_id())
    return groups


def _address(hit: SearchHit) -> str | None:
    try:
        return str(url_for(hit.endpoint, **dict[str, Any](hit.values)))
    except BuildError:
        return None


@transactional
def note_people_searched(sources: Sequence[str], *, actor_id: str) -> None:
    """Note that people were looked for and found; what was typed is personal data and not kept."""
    record("search.people", actor_id=actor_id, subject="search:people", details={"sources": list(sources)})
