import pytest

from core.contract.contributions import AccountKind, TransferKind
from core.ledger import kinds
from core.ledger.errors import NotEnoughMoney, Unbalanced, UnknownKind
from core.ledger.values import AccountRef, account_id


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(kinds, "_accounts", dict(kinds._accounts))
    monkeypatch.setattr(kinds, "_transfers", dict(kinds._transfers))


def test_a_plugin_brings_its_own_kinds(registry):
    kinds.register([AccountKind("wealth.position", "Positions", client=True), TransferKind("wealth.bought", "Bought")])
    assert kinds.account_kind("wealth.position").client
    assert kinds.transfer_kind("wealth.bought").label == "Bought"
    assert {"wealth.position", "order_escrow", "custody"} <= {kind.name for kind in kinds.account_kinds()}
    assert {"wealth.bought", "reversal"} <= {kind.name for kind in kinds.transfer_kinds()}


def test_unknown_kinds_are_refused_by_name():
    with pytest.raises(UnknownKind, match="wealth_none"):
        kinds.account_kind("wealth_none")
    with pytest.raises(UnknownKind, match="wealth_none"):
        kinds.transfer_kind("wealth_none")


def test_a_kind_never_changes_sides(registry):
    with pytest.raises(ValueError, match="merchant_available"):
        kinds.register([AccountKind("merchant_available", "Mine now", client=False)])
    kinds.register([AccountKind("merchant_available", "Available", client=True)])


def test_an_account_id_is_the_same_everywhere():
    ref = AccountRef("merchant_available", "mer_tea", "CNY")
    assert ref.id == account_id("merchant_available", "mer_tea", "", "CNY") == "acc_38fkby8082rpc2vvmc5981qq0z"


def test_account_ids_tell_apart_what_only_looks_alike():
    ids = {
        AccountRef("a", "bc", "CNY").id,
        AccountRef("ab", "c", "CNY").id,
        AccountRef("a", "b", "CNY", "c").id,
        AccountRef("a", "bc", "USD").id,
    }
    assert len(ids) == 4


def test_refusals_say_how_much_in_words():
    assert "1.01 CNY is needed and 1.00 CNY is available" in str(NotEnoughMoney("acc_x", 100, 101, "CNY"))
    assert "-5 JPY is left over" in str(Unbalanced("JPY", -5))
