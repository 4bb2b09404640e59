"""The docs of the contract are tested against the contract."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from core.contract import hookspecs, providers
from core.contract.contributions import SLOT_PLACES
from core.contract.dispatch import HOOKS
from core.sdk import testing

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
TYPES = sorted(
    name
    for name, value in vars(providers).items()
    if inspect.isclass(value) and issubclass(value, providers.Provider) and inspect.isabstract(value)
)
WAITING_FOR_A_USER = {
    "register_account_kinds",
    "register_approval_kinds",
    "register_encrypted_rows",
    "register_payment_subjects",
    "register_personal_data",
    "register_review_kinds",
    "register_subscriptions",
    "register_transfer_kinds",
}
"""Core's own parts bring such things by Contributions; no plugin does so yet. This set only shrinks."""


def sources(*folders: str) -> str:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    function = getattr(hookspecs, hook)
    signature = f"`{hook}({', '.join(inspect.signature(function).parameters)})`"
    assert signature in DOCS
    assert len((function.__doc__ or "").strip()) > 20


def test_no_hook_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"\| `((?:register|contribute|order|check)_\w+)\(", DOCS)) == set(HOOKS)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_has_a_test(hook: str) -> None:
    assert re.search(rf"\b{hook}\b", sources("tests/core"))


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_has_a_user(hook: str) -> None:
    used = f"def {hook}(" in sources("plugins", "tests/outsider")
    assert used != (hook in WAITING_FOR_A_USER)


@pytest.mark.parametrize("name", TYPES)
def test_every_provider_type_is_documented_with_its_methods_and_has_a_fake_and_a_contract_test(name: str) -> None:
    type_ = getattr(providers, name)
    methods = [method for method, value in vars(type_).items() if inspect.isfunction(value) and method[0] != "_"]
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| `{name}`")]
    assert [method for method in methods if f"`{method}`" not in row] == []
    assert f"{name}Contract" in testing.__all__
    assert f"{name}Contract" in row
    assert any(issubclass(type(fake), type_) for fake in testing.FAKES.providers)


def test_every_place_for_slots_is_documented_with_what_it_tells() -> None:
    rows = dict(re.findall(r"^\| `((?:storefront|console)\.[\w.]+)` \| (.*?) ?\|$", DOCS, re.MULTILINE))
    assert {place: tuple(re.findall(r"`(\w+)`", told)) for place, told in rows.items()} == dict(SLOT_PLACES)


def test_every_provider_type_of_the_contract_can_be_reached_by_plugins() -> None:
    import core.sdk

    assert [name for name in providers.__all__ if name not in core.sdk.__all__] == []
