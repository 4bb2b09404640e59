from __future__ import annotations

from datetime import timedelta

import pytest
from marshmallow import Schema

from core.contract.contributions import Job, Slot
from core.contract.hookspecs import hookimpl
from core.contract.loader import LoadReport, describe, load_plugins
from core.contract.manifest import Permission
from core.contract.registry import Registry
from tests.core.contract.doors import Door, manifest, plugin_class


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


def load(door: Door, off: str = "") -> tuple[Registry, dict[str, LoadReport]]:
    registry = Registry()
    reports = load_plugins(registry, environ={"TONGBAO_PLUGINS_OFF": off}, points=door.points)
    return registry, {report.id: report for report in reports}


def refused(door: Door, name: str) -> str:
    """Load, and give the reason why this one was left out, having made sure that a sound neighbour came in."""
    door.add("sound", plugin_class("sound"))
    registry, reports = load(door)
    assert reports["sound"].state == "loaded"
    assert reports[name].state == "skipped"
    assert name not in registry.plugin_ids
    return reports[name].reason


def test_a_sound_plugin_comes_in(door: Door) -> None:
    door.add("sound", plugin_class("sound"))
    registry, reports = load(door)
    assert reports["sound"] == LoadReport("sound", "1.0", "?", "loaded")
    assert registry.plugin_ids == {"sound"}


def test_a_plugin_that_cannot_be_imported_is_named_and_left_out(door: Door) -> None:
    door.add_missing("lost")
    assert "no_such_module_lost" in refused(door, "lost")


def test_a_plugin_without_a_manifest_is_left_out(door: Door) -> None:
    door.add("bare", object())
    assert "no manifest" in refused(door, "bare")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"core": ">=99"}, "works with core >=99, and this is core"),
        ({"core": "newest"}, "Invalid specifier"),
        ({"version": "one"}, "Invalid version"),
        ({"version": None}, "`version` is not a text"),
        ({"package": "no.such.package"}, "there is no package 'no.such.package'"),
        ({"package": "core.orders"}, "its package may not be core's"),
        ({"id": "other"}, "the entry point is named 'odd' but the manifest's id is 'other'"),
        ({"id": "Odd One"}, "not 2 to 30 lower-case letters and digits"),
        ({"id": "core"}, "reserved"),
        ({"settings": Schema()}, "`settings` is not a marshmallow schema class"),
        ({"permissions": (Permission("core.rule", "Rule"),)}, "is not a permission named `odd.…`"),
    ],
)
def test_a_plugin_with_an_unfit_manifest_is_left_out_with_the_reason(
    door: Door, changes: dict[str, object], reason: str
) -> None:
    plugin = plugin_class("odd")
    plugin.manifest = manifest("odd", **changes)  # type: ignore[attr-defined]
    door.add("odd", plugin)
    assert reason in refused(door, "odd")


def test_of_two_plugins_with_one_id_the_second_is_left_out(door: Door) -> None:
    door.add("twin", plugin_class("twin"), "made_up_first")
    door.add("twin", plugin_class("twin"), "made_up_second")
    registry = Registry()
    reports = load_plugins(registry, environ={}, points=door.points)
    assert [report.state for report in reports] == ["loaded", "skipped"]
    assert "called 'twin' already" in reports[1].reason


def test_an_entry_point_seen_twice_is_one_plugin(door: Door) -> None:
    door.add("once", plugin_class("once"))
    door.points *= 2
    registry = Registry()
    assert [report.state for report in load_plugins(registry, environ={}, points=door.points)] == ["loaded"]


def test_a_misspelt_hook_is_named(door: Door) -> None:
    door.add("typo", plugin_class("typo", contribute_feez=lambda self, shop: []))
    assert "contribute_feez" in refused(door, "typo")


def test_a_hook_with_an_argument_that_the_contract_lacks_is_named(door: Door) -> None:
    door.add("greedy", plugin_class("greedy", contribute_fees=lambda self, shop, wallet: []))
    assert "wallet" in refused(door, "greedy")


def test_a_plugin_may_not_wrap_the_hooks_of_others(door: Door) -> None:
    class Wrapper:
        manifest = manifest("wrapper")

        @hookimpl(wrapper=True)
        def contribute_fees(self, shop, basket):
            return (yield)

    door.add("wrapper", Wrapper())
    assert "wraps contribute_fees" in refused(door, "wrapper")


def test_a_register_hook_that_raises_leaves_its_plugin_out_whole(door: Door) -> None:
    def boom(self):
        raise KeyError("no tariff")

    job = Job("boom.daily", timedelta(days=1), lambda: None)
    door.add("boom", plugin_class("boom", register_jobs=lambda self: [job], register_slots=boom))
    assert "register_slots raised KeyError: 'no tariff'" in refused(door, "boom")
    registry, _ = load(door)
    assert registry.jobs == ()


def test_a_register_hook_that_gives_another_thing_is_named(door: Door) -> None:
    door.add("odd", plugin_class("odd", register_jobs=lambda self: [Slot("console.home.panel", 1, str)]))
    assert "which is not a Job" in refused(door, "odd")


def test_a_slot_for_a_place_that_does_not_exist_is_named(door: Door) -> None:
    door.add("odd", plugin_class("odd", register_slots=lambda self: [Slot("console.hom.panel", 1, str)]))
    assert "no place 'console.hom.panel'" in refused(door, "odd")


def test_a_name_without_the_plugins_prefix_is_refused(door: Door) -> None:
    job = Job("sound.daily", timedelta(days=1), lambda: None)
    door.add("thief", plugin_class("thief", register_jobs=lambda self: [job]))
    assert "'sound.daily' does not begin with 'thief.'" in refused(door, "thief")


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"wishes": "post"}, "its table 'wishes' is not named `post_…`"),
        ({"post_office": "core"}, "its prefix is taken: core has the table 'post_office'"),
    ],
)
def test_a_plugin_whose_tables_could_be_mistaken_is_left_out(
    door: Door, monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], reason: str
) -> None:
    monkeypatch.setattr("core.contract.loader.owner_by_module", lambda packages: tables)
    door.add("post", plugin_class("post"))
    assert refused(door, "post") == reason


def test_plugins_can_be_left_out_by_the_environment(door: Door) -> None:
    door.add("first", plugin_class("first"))
    door.add_missing("second")
    registry, reports = load(door, off="first, second")
    assert registry.plugin_ids == frozenset()
    assert {report.reason for report in reports.values()} == {"left out by TONGBAO_PLUGINS_OFF"}


def test_reports_can_be_shown_as_rows(door: Door) -> None:
    door.add("sound", plugin_class("sound"))
    _, reports = load(door)
    assert describe(reports.values()) == [
        {"id": "sound", "version": "1.0", "distribution": "?", "state": "loaded", "reason": ""}
    ]
