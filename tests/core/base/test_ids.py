"""Identifiers sort by the moment they were made, and differ however fast they are made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.base import clock
from core.base.ids import first_id, new_id


def test_identifiers_made_one_after_another_sort_in_that_order_within_one_millisecond():
    ids = [new_id("thing") for _ in range(5000)]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)


def test_identifiers_made_by_threads_at_once_never_meet():
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: new_id("thing"), range(4000)))
    assert len(set(ids)) == len(ids)


def test_a_moment_parts_what_was_made_before_it_from_what_is_made_after_it():
    before = new_id("thing")
    later = clock.now() + timedelta(seconds=1)
    assert before < first_id("thing", later)
