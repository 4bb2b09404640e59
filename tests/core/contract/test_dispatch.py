from __future__ import annotations

import logging

import pytest

from core.base.errors import Refused
from core.contract.contributions import Slot
from core.contract.dispatch import SAMPLED, Dispatch, PluginFailed
from core.contract.faults import forget_faults, recent_faults, record_faults
from core.contract.health import FAULTS_TO_OPEN
from core.contract.loader import own_hooks
from core.contract.registry import Registry
from core.contract.views import BasketView, FeeLine, ShopView, ShopViews
from tests.core.contract.doors import plugin_class

SHOP = ShopView("mer_1", "tea", "Tea", "CNY", "en")
BASKET = BasketView("car_1", "CNY", (), 0, None)


def views() -> ShopViews:
    return ShopViews(SHOP, lambda plugin_id: {"whose": plugin_id})


def fee(code: str) -> FeeLine:
    return FeeLine(code, code, 100)


def dispatch_over(**plugins: dict[str, object]) -> Dispatch:
    registry = Registry()
    for plugin_id, hooks in plugins.items():
        plugin = plugin_class(plugin_id, **hooks)
        registry.add_plugin(plugin.manifest, plugin, own_hooks(plugin, plugin_id))
    registry.freeze()
    return Dispatch(registry)


def test_only_the_merchants_plugins_are_asked_in_the_order_of_their_ids() -> None:
    dispatch = dispatch_over(
        **{name: {"contribute_fees": lambda self, basket, n=name: [fee(f"{n}.x")]} for name in ("cc", "aa", "bb")}
    )
    asked = dispatch.collect("contribute_fees", frozenset({"aa", "cc"}), shop=SHOP, basket=BASKET)
    assert [(plugin_id, line.code) for plugin_id, line in asked] == [("aa", "aa.x"), ("cc", "cc.x")]
    assert dispatch.call("contribute_fees", frozenset(), shop=SHOP, basket=BASKET) == []


def test_each_plugin_sees_its_own_settings_and_only_what_it_asks_for() -> None:
    seen = []
    hook = {"contribute_fees": lambda self, shop: seen.append(shop.settings["whose"]) or []}
    dispatch = dispatch_over(aa=hook, bb=hook)
    dispatch.call("contribute_fees", frozenset({"aa", "bb"}), shop=views(), basket=BASKET)
    assert seen == ["aa", "bb"]


def test_a_veto_passes_through_with_its_words() -> None:
    def veto(self, order):
        raise Refused("We are on holiday.")

    dispatch = dispatch_over(aa={"order_placing": veto})
    with pytest.raises(Refused, match="We are on holiday"):
        dispatch.call("order_placing", frozenset({"aa"}), shop=SHOP, order=None)


def test_a_notice_of_a_move_tells_from_where_to_where() -> None:
    seen = []
    dispatch = dispatch_over(aa={"order_moved": lambda self, before, after: seen.append((before, after))})
    dispatch.call("order_moved", frozenset({"aa"}), shop=SHOP, order=None, before="paid", after="packed")
    assert seen == [("paid", "packed")]


def test_another_failure_names_the_plugin_and_the_hook() -> None:
    calls = []

    def fail(self, order):
        raise ZeroDivisionError("no lines")

    dispatch = dispatch_over(
        aa={"order_placing": lambda self, order: calls.append("aa")},
        bb={"order_placing": fail},
        cc={"order_placing": lambda self, order: calls.append("cc")},
    )
    with pytest.raises(PluginFailed, match="plugin bb: order_placing raised ZeroDivisionError: no lines") as caught:
        dispatch.call("order_placing", frozenset({"aa", "bb", "cc"}), shop=SHOP, order=None)
    assert caught.value.plugin_id == "bb"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert calls == ["aa"]


def test_register_hooks_and_misspelt_ones_cannot_be_dispatched() -> None:
    dispatch = dispatch_over()
    for name in ("register_jobs", "contribute_feez"):
        with pytest.raises(ValueError, match=name):
            dispatch.call(name, frozenset())


def slots_of(*renders) -> Dispatch:
    slots = {f"p{index}": Slot("console.home.panel", index, render) for index, render in enumerate(renders)}
    return dispatch_over(**{name: {"register_slots": lambda self, s=slot: [s]} for name, slot in slots.items()})


ALL = frozenset({"p0", "p1", "p2"})


def test_slots_are_shown_in_order_with_their_own_settings_and_context() -> None:
    dispatch = slots_of(
        lambda shop, order: f"<b>{shop.settings['whose']}</b>", lambda shop, order: "", lambda shop, order: order
    )
    shown = dispatch.render_slot("console.home.panel", views(), ALL, order="<i>7</i>")
    assert shown == "<b>p0</b>\n<i>7</i>"
    assert dispatch.render_slot("console.home.panel", views(), frozenset(), order="7") == ""


def test_a_slot_that_raises_shows_nothing_and_is_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    dispatch = slots_of(lambda shop: 1 / 0, lambda shop: "fine")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert dispatch.render_slot("console.home.panel", views(), ALL) == "fine"
    assert "plugin p0: slot console.home.panel failed" in caplog.text
    (fault,) = dispatch.drain_faults()
    assert (fault.merchant_id, fault.plugin_id, fault.place, fault.count) == ("mer_1", "p0", "console.home.panel", 3)
    assert fault.message == "ZeroDivisionError: division by zero"
    assert dispatch.drain_faults() == []


def test_faults_are_added_up_where_the_merchant_sees_them(app) -> None:
    dispatch = slots_of(lambda shop: 1 / 0)
    for _ in range(2):
        dispatch.render_slot("console.home.panel", views(), ALL)
        record_faults(dispatch.drain_faults())
    (row,) = recent_faults("mer_1")
    assert (row.plugin_id, row.count) == ("p0", 2)
    assert recent_faults("mer_2") == []
    forget_faults("mer_1", "p0")
    assert recent_faults("mer_1") == []


def test_each_call_of_a_hook_is_counted_for_the_merchant_and_a_test_that_passes_closes_the_circuit() -> None:
    def veto(self, order):
        raise Refused("We are on holiday.")

    hooks = {"order_placing": veto, "check_setup": lambda self: "All is well."}
    dispatch = dispatch_over(aa=hooks, bb={"order_placing": lambda self: None})
    assert [dispatch.answers(plugin_id, "check_setup") for plugin_id in ("aa", "bb")] == [True, False]
    with pytest.raises(Refused):
        dispatch.call("order_placing", frozenset({"aa"}), shop=SHOP, order=None)
    for _call in range(FAULTS_TO_OPEN):
        dispatch.health.note("mer_1", "aa", "start", "fault", 0.1, "dead", weight="begins")
    assert dispatch.health.state("mer_1", "aa") == "open"
    assert dispatch.call("check_setup", frozenset({"aa"}), shop=SHOP) == ["All is well."]
    assert dispatch.health.state("mer_1", "aa") == "closed"
    counted = {(key.merchant_id, key.call): one.results for key, one in dispatch.health._calls.items()}
    assert counted["mer_1", "order_placing"]["refused"] == counted["mer_1", "check_setup"]["ok"] == 1


def test_one_call_of_a_hook_in_so_many_is_timed_and_stands_for_the_others() -> None:
    dispatch = dispatch_over(aa={"contribute_fees": lambda self: []})
    for _call in range(10 * SAMPLED):
        dispatch.call("contribute_fees", frozenset({"aa"}), shop=SHOP, basket=BASKET)
    ((key, counted),) = dispatch.health._calls.items()
    assert (key.call, counted.results["ok"], sum(counted.buckets)) == ("contribute_fees", 640, 640)
