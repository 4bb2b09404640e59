"""Finding orders: the list's filters, each a walk along an index that already has the list's order.

With several filters the rarest one leads (a bounded count tells which), and the others are looked up for each of its
orders. Orders sort by their ids, which sort by the moment they were placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, bindparam, func, literal, select, tuple_

from core.base.database import db, table_of
from core.base.ids import first_id
from core.orders.models import Order
from core.orders.states import OrderState
from core.orders.terms import PREFIX_MAX, TERM, facet, plain, words_of

ORDER = table_of(Order)
COUNTED_MAX = 1000
"""Counts are exact up to here; beyond, a list says "1,000+"."""
SEARCHED_MAX = 400
"""With several filters, so many orders of the rarest are looked at for one page; a search goes on from there."""
WORDS_MAX = 6
NEIGHBOUR_WINDOWS = 5
"""So many times SEARCHED_MAX orders are looked at for the one that stands beside another."""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders shows; empty fields do not matter. `since` and `until` are moments of placing."""

    state: str = ""
    text: str = ""
    provider: str = ""
    delivery: str = ""
    region: str = ""
    country: str = ""
    tag: str = ""
    customer: str = ""
    amount: str = ""
    """One of `core.orders.terms.AMOUNTS`."""
    todo: bool = False
    note: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def facets(self) -> list[str]:
        """The words that an order must have because of the filters."""
        found = [facet("pay", self.provider), facet("by", self.delivery), facet("at", self.region)]
        found += [facet("in", self.country), facet("tag", self.tag), facet("who", self.customer)]
        found += [facet("sum", self.amount), facet("todo", "1" if self.todo else "")]
        return [term for term in (*found, facet("note", "1") if self.note else "") if term]


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as a list shows it. `name` is the receiver's."""

    id: str
    code: str
    state: str
    email: str
    name: str | None
    total_minor: int
    currency: str
    placed_at: datetime


LISTED = (
    ORDER.c.id,
    ORDER.c.code,
    ORDER.c.state,
    ORDER.c.email,
    ORDER.c.address["name"].as_string().label("name"),
    ORDER.c.total_minor,
    ORDER.c.currency,
    ORDER.c.placed_at,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of orders; `next_cursor` is where the next one begins. `searched_on` says that the search stopped early
    (SEARCHED_MAX orders were looked at) and goes on from there."""

    rows: Sequence[ListedOrder]
    next_cursor: str | None
    searched_on: bool = False


def find_orders(merchant_id: str, wanted: OrderFilter, *, before: str = "", after: str = "", limit: int = 50) -> Found:
    """A page of the orders that a filter finds, the newest first, of those placed before the order `before`.

    With `after`: of those placed after that order, the oldest first.
    """
    terms = wanted.facets()
    words = words_of(wanted.text)[:WORDS_MAX]
    state = wanted.state if wanted.state in _STATES else ""
    given: dict[str, Any] = {"merchant": merchant_id, "most": limit + 1}
    code = wanted.text.strip().upper()
    if words and " " not in code and not terms and not state:
        by_code = db.session.execute(_BY_CODE, {"merchant": merchant_id, "code": code}).all()
        if by_code:
            return Found([] if before or after else [ListedOrder(*by_code[0])], None)
    lead, terms, ends = _led(merchant_id, state, terms, words)
    rest = [term for term in terms if term != lead]
    bounds = {
        "before": before,
        "after": after,
        "since": first_id("ord", wanted.since) if wanted.since else "",
        "until": first_id("ord", wanted.until) if wanted.until else "",
    }
    given |= {name: value for name, value in bounds.items() if value}
    given |= {f"rest{number}": term for number, term in enumerate(rest)}
    given |= {"lead": lead} if lead else {}
    given |= {"state": state} if state else {}
    shape = (lead is not None, bool(state), len(rest), *(bool(bound) for bound in bounds.values()))
    rows = [ListedOrder(*row) for row in db.session.execute(_listing(*shape), given)]
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit - 1].id)
    if ends or not (rest or (lead and state)):
        return Found(rows, None)
    last = db.session.scalar(_window_end(*shape), given)
    return Found(rows, last, searched_on=last is not None)


def neighbour(merchant_id: str, wanted: OrderFilter, order_id: str, *, newer: bool) -> str | None:
    """The id of the order that stands beside one in a filtered list; None at its end."""
    here = order_id
    for _try in range(NEIGHBOUR_WINDOWS):
        found = find_orders(merchant_id, wanted, before="" if newer else here, after=here if newer else "", limit=1)
        if found.rows:
            return found.rows[0].id
        if not found.next_cursor:
            break
        here = found.next_cursor
    return None


@lru_cache(maxsize=256)
def _leading(by_term: bool, by_state: bool, before: bool, after: bool, since: bool, until: bool) -> Select[Any]:
    """The ids along the index that leads, the newest first (or, after an order, the oldest first)."""
    if by_term:
        id_ = TERM.c.order_id
        query = select(id_.label("id")).where(TERM.c.merchant_id == bindparam("merchant"))
        query = query.where(TERM.c.term == bindparam("lead"))
    else:
        id_ = ORDER.c.id
        query = select(id_.label("id")).where(ORDER.c.merchant_id == bindparam("merchant"))
        if by_state:
            return _bounded(_in_state("state", up=after), id_, before, after, since, until)
    query = query.order_by(id_.asc() if after else id_.desc())
    return _bounded(query, id_, before, after, since, until)


def _bounded(
    query: Select[Any], id_: ColumnElement[str], before: bool, after: bool, since: bool, until: bool
) -> Select[Any]:
    for asked, condition in (
        (before, id_ < bindparam("before", type_=String)),
        (after, id_ > bindparam("after", type_=String)),
        (since, id_ >= bindparam("since", type_=String)),
        (until, id_ < bindparam("until", type_=String)),
    ):
        if asked:
            query = query.where(condition)
    return query


@lru_cache(maxsize=256)
def _listing(
    by_term: bool, by_state: bool, rest: int, before: bool, after: bool, since: bool, until: bool
) -> Select[Any]:
    """The page, in one statement: at most SEARCHED_MAX orders of the leading index, those that have the rest, too."""
    leading = _leading(by_term, by_state, before, after, since, until)
    filtered = rest or (by_term and by_state)
    window = leading.limit(SEARCHED_MAX if filtered else bindparam("most", type_=BigInteger)).subquery("window")
    query = (
        select(*LISTED)
        .select_from(window.join(ORDER, and_(ORDER.c.merchant_id == bindparam("merchant"), ORDER.c.id == window.c.id)))
        .order_by(window.c.id.asc() if after else window.c.id.desc())
    )
    if by_term and by_state:
        query = query.where(ORDER.c.state == bindparam("state"))
    for number in range(rest):
        other = TERM.alias(f"other{number}")
        # With its LIMIT this stays a look-up for each order, whatever the planner believes of the word.
        has = (
            select(literal(1))
            .where(
                other.c.merchant_id == bindparam("merchant"),
                other.c.term == bindparam(f"rest{number}"),
                other.c.order_id == window.c.id,
            )
            .limit(1)
            .scalar_subquery()
        )
        query = query.where(has.is_not(None))
    return query.limit(bindparam("most", type_=BigInteger))


@lru_cache(maxsize=256)
def _window_end(
    by_term: bool, by_state: bool, _rest: int, before: bool, after: bool, since: bool, until: bool
) -> Select[Any]:
    """The last order that was looked at, where there are more behind it."""
    return _leading(by_term, by_state, before, after, since, until).offset(SEARCHED_MAX - 1).limit(1)


def _led(merchant_id: str, state: str, terms: list[str], words: Sequence[str]) -> tuple[str | None, list[str], bool]:
    """Which term leads (None: the state does, or nothing), all terms as they are stored, and whether the leading ones
    are so few that one window holds them. Counting stops where it does not matter any more; one statement.

    A typed word is itself where it is stored, else how it begins.
    """
    typed = [plain(word) for word in words]
    if not typed and len(terms) + bool(state) <= 1:
        return (terms[0] if terms else None), terms, False
    asked = [*terms, *typed, *(word[:PREFIX_MAX] for word in typed)]
    given = {"merchant": merchant_id, "state": state, **{f"term{number}": term for number, term in enumerate(asked)}}
    counts = list(db.session.execute(_probe(len(asked), bool(state)), given).one())
    sizes: dict[str | None, int] = dict(zip(terms, counts, strict=False))
    for number, word in enumerate(typed, start=len(terms)):
        whole, begun = counts[number], counts[number + len(typed)]
        sizes[word if whole or len(word) <= PREFIX_MAX else word[:PREFIX_MAX]] = whole or begun
    stored = [term for term in sizes if term is not None]
    if state:
        sizes[None] = counts[-1]
    lead = min(sizes, key=lambda term: sizes[term])
    return lead, stored, sizes[lead] <= SEARCHED_MAX


@lru_cache(maxsize=64)
def _probe(terms: int, state: bool) -> Select[Any]:
    counts = [
        _upto(
            select(literal(1)).where(
                TERM.c.merchant_id == bindparam("merchant"), TERM.c.term == bindparam(f"term{number}")
            ),
            SEARCHED_MAX,
        )
        for number in range(terms)
    ]
    if state:
        counts.append(_upto(_in_state("state"), SEARCHED_MAX))
    return select(*counts)


def _in_state(name: str, *, up: bool = False) -> Select[Any]:
    """The ids in a state, the newest first (`up`: the oldest first), always along the index of states.

    Two bounds instead of an equality: with a state that nearly all orders have, PostgreSQL would else walk the primary
    key and throw away what does not fit, which is slow where the newest do not.
    """
    place = tuple_(ORDER.c.merchant_id, ORDER.c.state)
    wanted = tuple_(bindparam("merchant", type_=String), bindparam(name, type_=String))
    order = (ORDER.c.merchant_id, ORDER.c.state, ORDER.c.id)
    sorting = order if up else tuple(column.desc() for column in order)
    return select(ORDER.c.id.label("id")).where(place >= wanted, place <= wanted).order_by(*sorting)


def _upto(rows: Select[Any], most: int) -> Any:
    return select(func.count()).select_from(rows.limit(most + 1).subquery()).scalar_subquery()


_STATES = frozenset(str(state) for state in OrderState)
_BY_CODE = select(*LISTED).where(ORDER.c.merchant_id == bindparam("merchant"), ORDER.c.code == bindparam("code"))


def counts_by_state(merchant_id: str, states: Sequence[str]) -> dict[str, int]:
    """How many orders stand in each of these states, counted up to COUNTED_MAX + 1; one statement."""
    given = {"merchant": merchant_id, **{f"state{number}": str(state) for number, state in enumerate(states)}}
    counts = db.session.execute(_counting(len(states)), given).one()
    return {str(state): count for state, count in zip(states, counts, strict=True)}


@lru_cache(maxsize=16)
def _counting(states: int) -> Select[Any]:
    return select(*(_upto(_in_state(f"state{number}"), COUNTED_MAX) for number in range(states)))


def codes_of(merchant_id: str, order_ids: Sequence[str]) -> dict[str, str]:
    """The codes of orders, by their ids; one statement."""
    if not order_ids:
        return {}
    rows = db.session.execute(
        select(ORDER.c.id, ORDER.c.code).where(ORDER.c.merchant_id == merchant_id, ORDER.c.id.in_(order_ids))
    )
    return {row.id: row.code for row in rows}
