from __future__ import annotations

from datetime import timedelta

import click
import pytest
from flask import Blueprint

from core.contract.contributions import (
    AccountKind,
    Check,
    EncryptedRows,
    FacePages,
    Job,
    MessageKind,
    NavItem,
    PersonalData,
    Simulator,
    Slot,
    Subscription,
    TransferKind,
)
from core.contract.decisions import ApprovalKind, ReviewKind
from core.contract.exports import ExportList
from core.contract.loader import own_hooks
from core.contract.providers import DeliveryMethod, PaymentMethod
from core.contract.registry import Contributions, PluginRefused, ProviderGone, Registry
from core.contract.search import SearchSource
from tests.core.contract.doors import plugin_class


class Postman(DeliveryMethod):
    label = "Postman"

    def __init__(self, provider_id: str) -> None:
        self.id = provider_id

    def options(self, shop, basket, address):
        return []


def add(registry: Registry, plugin_id: str, **hooks) -> None:
    plugin = plugin_class(plugin_id, **{name: (lambda self, items=items: items) for name, items in hooks.items()})
    registry.add_plugin(plugin.manifest, plugin, own_hooks(plugin, plugin_id))


def test_a_provider_is_found_by_its_type_and_id() -> None:
    registry = Registry()
    post = Postman("post.letter")
    add(registry, "post", register_providers=[post])
    assert registry.provider(DeliveryMethod, "post.letter") is post
    assert registry.find_provider(PaymentMethod, "post.letter") is None
    with pytest.raises(ProviderGone):
        registry.provider(DeliveryMethod, "gone.letter")


def test_a_merchant_has_the_providers_of_core_and_of_its_own_plugins() -> None:
    registry = Registry()
    mine, others, cores = Postman("mine.a"), Postman("others.a"), Postman("core.pickup")
    registry.add_core(Contributions(providers=(cores,)))
    add(registry, "mine", register_providers=[mine])
    add(registry, "others", register_providers=[others])
    assert registry.providers(DeliveryMethod, frozenset({"mine"})) == (cores, mine)
    assert registry.providers(DeliveryMethod) == (cores, mine, others)
    assert registry.providers(PaymentMethod) == ()


def test_slots_stand_in_their_order_and_only_for_those_switched_on() -> None:
    registry = Registry()
    late, early, off = (Slot("console.home.panel", order, str) for order in (9, 1, 0))
    add(registry, "aa", register_slots=[late])
    add(registry, "bb", register_slots=[early])
    add(registry, "cc", register_slots=[off])
    registry.freeze()
    for _ in range(2):
        found = registry.slots("console.home.panel", frozenset({"aa", "bb"}))
        assert [owned.item for owned in found] == [early, late]
    assert registry.slots("storefront.layout.footer", frozenset({"aa"})) == ()


def test_navigation_is_kept_by_face() -> None:
    registry = Registry()
    add(registry, "aa", register_navigation=[NavItem("console", 5, "A", "aa.index"), NavItem("api", 1, "B", "aa.api")])
    assert [owned.item.endpoint for owned in registry.navigation("console")] == ["aa.index"]
    assert registry.navigation("office") == ()


def test_pages_and_commands_carry_the_plugins_name() -> None:
    registry = Registry()
    pages = [FacePages("console", Blueprint("aa", "x")), FacePages("hooks", Blueprint("aa_hooks", "x"))]
    add(registry, "aa", register_pages=pages, register_commands=[click.Command("aa"), click.Command("aa-more")])
    assert [owned.item for owned in registry.pages()] == pages
    assert [owned.item for owned in registry.pages("hooks")] == pages[1:]
    with pytest.raises(PluginRefused, match="'console' does not begin with 'bb_'"):
        add(registry, "bb", register_pages=[FacePages("console", Blueprint("console", "x"))])
    with pytest.raises(PluginRefused, match="'verify' does not begin with 'bb-'"):
        add(registry, "bb", register_commands=[click.Command("verify")])


class Loans:
    purpose = "aa"

    def on_captured(self, payment):
        return True

    def on_ended(self, merchant_id, subject_id, payment_id, state):
        return None


def test_what_a_plugin_registers_is_found_by_name() -> None:
    registry = Registry()
    subject = Loans()
    exported = ExportList("aa.loans", "Loans", "aa.view", ("Loan",), print, print)
    simulator = Simulator("aa", ("aa.bank",), lambda port: ("aa", "bank"), bool, print, print)
    add(
        registry,
        "aa",
        register_jobs=[Job("aa.daily", timedelta(days=1), print)],
        register_account_kinds=[AccountKind("aa.pool", "Pool", client=True)],
        register_transfer_kinds=[TransferKind("aa.paid", "Paid")],
        register_subscriptions=[Subscription("aa.tell", ("order.placed",), print)],
        register_checks=[Check("aa.sums", "Sums", list)],
        register_exports=[exported],
        register_message_kinds=[MessageKind("aa.lent", "Lent", print)],
        register_encrypted_rows=[EncryptedRows("aa.notes", "Notes", lambda after, limit: (after, 0))],
        register_personal_data=[PersonalData("aa.loans", "Loans", print, print)],
        register_simulators=[simulator],
        register_approval_kinds=[ApprovalKind("aa.write-off", "Write-off", "money.approve", dict, print)],
        register_review_kinds=[ReviewKind("aa.product", "Product", "reviews.decide", {}, dict, print)],
        register_payment_subjects=[subject],
        register_search_sources=[SearchSource("aa.loans", "Loans", "search", lambda text, limit: ())],
    )
    assert [(owned.plugin_id, owned.item.name) for owned in registry.jobs] == [("aa", "aa.daily")]
    assert registry.account_kinds["aa.pool"].client
    assert registry.transfer_kinds["aa.paid"].label == "Paid"
    assert registry.subscriptions["aa.tell"].item.topics == ("order.placed",)
    assert [owned.item.name for owned in registry.checks] == ["aa.sums"]
    assert registry.payment_subjects == {"aa": subject}
    assert registry.approval_kinds["aa.write-off"].permission == "money.approve"
    assert [owned.item.name for owned in registry.search_sources] == ["aa.loans"]
    assert registry.review_kinds["aa.product"].label == "Product"
    assert simulator in registry.simulators
    assert registry.message_kinds["aa.lent"].medium == "email"
    assert [owned.item for owned in registry.exports({"aa"})] == [exported]
    assert registry.exports(set()) == ()
    assert [owned.item.name for owned in registry.encrypted_rows] == ["aa.notes"]
    assert [owned.plugin_id for owned in registry.personal_data] == ["aa"]


def test_a_name_is_given_once() -> None:
    registry = Registry()
    twice = Contributions(transfer_kinds=(TransferKind("aa.fee", "Fee"),))
    registry.add_core(twice)
    with pytest.raises(PluginRefused, match=r"'aa\.fee' is taken"):
        add(registry, "aa", register_transfer_kinds=[TransferKind("aa.fee", "Fee")])
    with pytest.raises(ValueError, match="taken"):
        registry.add_core(twice)
    assert list(registry.transfer_kinds) == ["aa.fee"]


def test_after_the_start_nothing_more_comes_in() -> None:
    registry = Registry()
    registry.freeze()
    with pytest.raises(RuntimeError, match="frozen"):
        registry.add_core(Contributions())
    with pytest.raises(RuntimeError, match="frozen"):
        add(registry, "aa")
