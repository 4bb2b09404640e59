"""All that core and the loaded plugins registered, looked up by type, place and name. Frozen once started."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import click
import pluggy

from core.base.errors import Refused
from core.base.i18n import lazy_gettext as _l
from core.contract.contributions import (
    SLOT_PLACES,
    AccountKind,
    Check,
    EncryptedRows,
    Face,
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
from core.contract.manifest import Manifest, Permission
from core.contract.providers import PaymentSubject, Provider
from core.contract.search import SearchSource

CORE = "core"
T = TypeVar("T")
P = TypeVar("P", bound=Provider)


class PluginRefused(Exception):
    """A plugin that is left out; the message is the reason, for the operator."""


class ProviderGone(Refused):
    """A row refers to a provider whose plugin is not loaded (any more)."""

    code = "provider_gone"


@dataclass(frozen=True, slots=True)
class Owned(Generic[T]):
    """A registered thing with the id of who brought it (`core` for the host's own)."""

    plugin_id: str
    item: T


@dataclass(frozen=True, slots=True)
class Contributions:
    """What one part registers, in the order of the register hooks."""

    providers: tuple[Provider, ...] = ()
    pages: tuple[FacePages, ...] = ()
    slots: tuple[Slot, ...] = ()
    navigation: tuple[NavItem, ...] = ()
    jobs: tuple[Job, ...] = ()
    commands: tuple[click.Command, ...] = ()
    account_kinds: tuple[AccountKind, ...] = ()
    transfer_kinds: tuple[TransferKind, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    checks: tuple[Check, ...] = ()
    exports: tuple[ExportList, ...] = ()
    payment_subjects: tuple[PaymentSubject, ...] = ()
    simulators: tuple[Simulator, ...] = ()
    approval_kinds: tuple[ApprovalKind, ...] = ()
    review_kinds: tuple[ReviewKind, ...] = ()
    message_kinds: tuple[MessageKind, ...] = ()
    encrypted_rows: tuple[EncryptedRows, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    search_sources: tuple[SearchSource, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of contribution is told apart: its type, the name of one, and what that name may be."""

    accepts: Callable[[object], bool]
    wanted: str
    name: Callable[[Any], str | None]
    joint: str = "."
    """What stands between the plugin's id and the rest of the name."""
    bare: bool = False
    """Whether the plugin's id alone is a name, too."""

    def carries_prefix(self, name: str, plugin_id: str) -> bool:
        return name.startswith(plugin_id + self.joint) or (self.bare and name == plugin_id)


def _is(type_: type) -> Callable[[object], bool]:
    return lambda item: isinstance(item, type_)


def _is_subject(item: object) -> bool:
    return isinstance(getattr(item, "purpose", None), str) and callable(getattr(item, "on_captured", None))


_KINDS: Mapping[str, _Kind] = {
    "providers": _Kind(_is(Provider), "Provider", lambda item: getattr(item, "id", "")),
    "pages": _Kind(_is(FacePages), "FacePages", lambda item: item.blueprint.name, "_", bare=True),
    "slots": _Kind(_is(Slot), "Slot", lambda item: None),
    "navigation": _Kind(_is(NavItem), "NavItem", lambda item: None),
    "jobs": _Kind(_is(Job), "Job", lambda item: item.name),
    "commands": _Kind(_is(click.Command), "click.Command", lambda item: item.name or "", "-", bare=True),
    "account_kinds": _Kind(_is(AccountKind), "AccountKind", lambda item: item.name),
    "transfer_kinds": _Kind(_is(TransferKind), "TransferKind", lambda item: item.name),
    "subscriptions": _Kind(_is(Subscription), "Subscription", lambda item: item.name),
    "checks": _Kind(_is(Check), "Check", lambda item: item.name),
    "exports": _Kind(_is(ExportList), "ExportList", lambda item: item.name),
    "simulators": _Kind(_is(Simulator), "Simulator", lambda item: item.name, bare=True),
    "approval_kinds": _Kind(_is(ApprovalKind), "ApprovalKind", lambda item: item.name),
    "review_kinds": _Kind(_is(ReviewKind), "ReviewKind", lambda item: item.name),
    "message_kinds": _Kind(_is(MessageKind), "MessageKind", lambda item: item.name),
    "encrypted_rows": _Kind(_is(EncryptedRows), "EncryptedRows", lambda item: item.name, bare=True),
    "personal_data": _Kind(_is(PersonalData), "PersonalData", lambda item: item.name, bare=True),
    "search_sources": _Kind(_is(SearchSource), "SearchSource", lambda item: item.name, bare=True),
    "payment_subjects": _Kind(_is_subject, "PaymentSubject", lambda item: item.purpose, bare=True),
}


@dataclass(slots=True)
class _Plugin:
    manifest: Manifest
    plugin: object
    hooks: pluggy.PluginManager


@dataclass(slots=True)
class Registry:
    """Filled at start by `add_core` and `add_plugin`, then frozen; after that every lookup gives the same for ever.

    Lookups that take `enabled` give what core brought and what those plugins brought: pass a merchant's plugins.
    """

    _plugins: dict[str, _Plugin] = field(default_factory=dict)
    _all: dict[str, list[Owned[Any]]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    _names: dict[str, dict[str, Owned[Any]]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})
    _cache: dict[Any, Any] = field(default_factory=dict)
    _frozen: bool = False

    # --- filling ---

    def add_core(self, contributions: Contributions) -> None:
        """Take in what a room of core brings (its names need no prefix but must be new). Raises ValueError."""
        self._refuse_when_frozen()
        try:
            self._take(CORE, contributions)
        except PluginRefused as refusal:
            raise ValueError(f"core: {refusal}") from None

    def add_plugin(self, manifest: Manifest, plugin: object, hooks: pluggy.PluginManager) -> None:
        """Ask a plugin what it registers and take it in, all or nothing. Raises PluginRefused with the reason."""
        self._refuse_when_frozen()
        if manifest.id in self._plugins:
            raise PluginRefused(f"another plugin is called {manifest.id!r} already")
        contributions = _asked(hooks)
        _refuse_misnamed(manifest.id, contributions)
        self._take(manifest.id, contributions)
        self._plugins[manifest.id] = _Plugin(manifest, plugin, hooks)

    def freeze(self) -> None:
        """No more is taken in from here on."""
        self._frozen = True

    def _refuse_when_frozen(self) -> None:
        if self._frozen:
            raise RuntimeError("the registry is frozen: everything is registered at start")

    def _take(self, plugin_id: str, contributions: Contributions) -> None:
        new: dict[str, dict[str, Owned[Any]]] = {kind: {} for kind in _KINDS}
        for kind, rule in _KINDS.items():
            for item in getattr(contributions, kind):
                name = rule.name(item)
                if name is None:
                    continue
                if name in self._names[kind] or name in new[kind]:
                    raise PluginRefused(f"{kind}: the name {name!r} is taken")
                new[kind][name] = Owned(plugin_id, item)
        for kind in _KINDS:
            self._names[kind].update(new[kind])
            self._all[kind].extend(Owned(plugin_id, item) for item in getattr(contributions, kind))

    # --- plugins ---

    @property
    def plugin_ids(self) -> frozenset[str]:
        """The ids of the loaded plugins."""
        return frozenset(self._plugins)

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests of the loaded plugins, in the order of their ids."""
        return tuple(self._plugins[plugin_id].manifest for plugin_id in sorted(self._plugins))

    def manifest(self, plugin_id: str) -> Manifest | None:
        """The manifest of one loaded plugin."""
        loaded = self._plugins.get(plugin_id)
        return loaded.manifest if loaded else None

    @property
    def on_by_default(self) -> frozenset[str]:
        """The plugins that a merchant who never chose has on."""
        return frozenset(manifest.id for manifest in self.manifests if manifest.on_by_default)

    @property
    def permissions(self) -> tuple[Owned[Permission], ...]:
        """Every plugin's permissions."""
        return tuple(Owned(manifest.id, item) for manifest in self.manifests for item in manifest.permissions)

    def hook_implementations(self, hook_name: str) -> tuple[tuple[str, pluggy.HookImpl], ...]:
        """Who implements a hook, as (plugin id, implementation), in the order of the plugins' ids."""
        return tuple(
            (plugin_id, implementation)
            for plugin_id in sorted(self._plugins)
            for implementation in getattr(self._plugins[plugin_id].hooks.hook, hook_name).get_hookimpls()
        )

    # --- lookups ---

    def provider(self, type_: type[P], provider_id: str) -> P:
        """The provider of this type with this id, whether or not a merchant has it on. Raises ProviderGone."""
        found = self.find_provider(type_, provider_id)
        if found is None:
            raise ProviderGone(_l("This service is not available any more. Choose another one."))
        return found

    def find_provider(self, type_: type[P], provider_id: str) -> P | None:
        """The provider of this type with this id, or None."""
        owned = self._names["providers"].get(provider_id)
        return owned.item if owned is not None and isinstance(owned.item, type_) else None

    def providers(self, type_: type[P], enabled: Collection[str] | None = None) -> tuple[P, ...]:
        """All providers of a type, or those of core and the enabled plugins."""
        return tuple(owned.item for owned in self._of("providers", enabled, _is(type_)))

    def providers_of(self, plugin_id: str) -> tuple[Provider, ...]:
        """All providers that one plugin brought, of any type."""
        return tuple(owned.item for owned in self._all["providers"] if owned.plugin_id == plugin_id)

    def slots(self, place: str, enabled: frozenset[str]) -> tuple[Owned[Slot], ...]:
        """The pieces for one place of a page, in their order."""
        return self._cached(("slots", place, enabled), lambda: self._ordered("slots", enabled, place=place))

    def navigation(self, face: Face, enabled: Collection[str] | None = None) -> tuple[Owned[NavItem], ...]:
        """The links of one face, in their order."""
        return tuple(self._ordered("navigation", enabled, face=face))

    def pages(self, face: Face | None = None) -> tuple[Owned[FacePages], ...]:
        """The blueprints of every face, or of one."""
        return tuple(self._of("pages", None, lambda item: face is None or item.face == face))

    @property
    def jobs(self) -> tuple[Owned[Job], ...]:
        """Recurring work."""
        return tuple(self._all["jobs"])

    @property
    def commands(self) -> tuple[Owned[click.Command], ...]:
        """Commands of `tongbao` that plugins bring."""
        return tuple(self._all["commands"])

    @property
    def account_kinds(self) -> Mapping[str, AccountKind]:
        """Kinds of ledger accounts by name."""
        return {name: owned.item for name, owned in self._names["account_kinds"].items()}

    @property
    def transfer_kinds(self) -> Mapping[str, TransferKind]:
        """Kinds of ledger transfers by name."""
        return {name: owned.item for name, owned in self._names["transfer_kinds"].items()}

    @property
    def subscriptions(self) -> Mapping[str, Owned[Subscription]]:
        """Subscriptions to events by name."""
        return dict(self._names["subscriptions"])

    @property
    def checks(self) -> tuple[Owned[Check], ...]:
        """Questions of `tongbao verify`."""
        return tuple(self._all["checks"])

    def exports(self, enabled: Collection[str] | None = None) -> tuple[Owned[ExportList], ...]:
        """Lists that can be taken away as a file: all, or those of core and the enabled plugins."""
        return tuple(self._of("exports", enabled, lambda item: True))

    @property
    def encrypted_rows(self) -> tuple[Owned[EncryptedRows], ...]:
        """Who keeps encrypted values."""
        return tuple(self._all["encrypted_rows"])

    @property
    def personal_data(self) -> tuple[Owned[PersonalData], ...]:
        """Who keeps data about people."""
        return tuple(self._all["personal_data"])

    @property
    def search_sources(self) -> tuple[Owned[SearchSource], ...]:
        """What staff may search, in its order."""
        return tuple(sorted(self._all["search_sources"], key=lambda owned: (owned.item.order, owned.item.name)))

    @property
    def payment_subjects(self) -> Mapping[str, PaymentSubject]:
        """What payments can be for, by purpose."""
        return {name: owned.item for name, owned in self._names["payment_subjects"].items()}

    @property
    def approval_kinds(self) -> Mapping[str, ApprovalKind]:
        """Changes that need a second person, by name."""
        return {name: owned.item for name, owned in self._names["approval_kinds"].items()}

    @property
    def review_kinds(self) -> Mapping[str, ReviewKind]:
        """Queues of what staff look at, by name."""
        return {name: owned.item for name, owned in self._names["review_kinds"].items()}

    @property
    def simulators(self) -> tuple[Simulator, ...]:
        """Stand-ins for the outside, for the demo and for simulations."""
        return tuple(owned.item for owned in self._all["simulators"])

    @property
    def message_kinds(self) -> Mapping[str, MessageKind]:
        """Kinds of messages to people by name."""
        return {name: owned.item for name, owned in self._names["message_kinds"].items()}

    def _of(self, kind: str, enabled: Collection[str] | None, accepts: Callable[[Any], bool]) -> Iterable[Owned[Any]]:
        return (
            owned
            for owned in self._all[kind]
            if (enabled is None or owned.plugin_id == CORE or owned.plugin_id in enabled) and accepts(owned.item)
        )

    def _ordered(self, kind: str, enabled: Collection[str] | None, **wanted: str) -> tuple[Owned[Any], ...]:
        matches = partial(_has, wanted=wanted)
        return tuple(sorted(self._of(kind, enabled, matches), key=lambda owned: (owned.item.order, owned.plugin_id)))

    def _cached(self, key: Any, compute: Callable[[], T]) -> T:
        if not self._frozen:
            return compute()
        if key not in self._cache:
            if len(self._cache) >= 10_000:
                self._cache.clear()
            self._cache[key] = compute()
        found: T = self._cache[key]
        return found


def _has(item: object, wanted: Mapping[str, str]) -> bool:
    return all(getattr(item, attribute) == value for attribute, value in wanted.items())


def _asked(hooks: pluggy.PluginManager) -> Contributions:
    given: dict[str, tuple[Any, ...]] = {}
    for kind, rule in _KINDS.items():
        hook = f"register_{kind}"
        try:
            items = [item for answer in getattr(hooks.hook, hook)() for item in answer]
        except Exception as error:
            raise PluginRefused(f"{hook} raised {type(error).__name__}: {error}") from error
        for item in items:
            if not rule.accepts(item):
                raise PluginRefused(f"{hook} gave {item!r}, which is not a {rule.wanted}")
        given[kind] = tuple(items)
    return Contributions(**given)


def _refuse_misnamed(plugin_id: str, contributions: Contributions) -> None:
    for kind, rule in _KINDS.items():
        for item in getattr(contributions, kind):
            name = rule.name(item)
            if name is not None and not rule.carries_prefix(name, plugin_id):
                raise PluginRefused(f"register_{kind}: the name {name!r} does not begin with '{plugin_id}{rule.joint}'")
    for slot in contributions.slots:
        if slot.place not in SLOT_PLACES:
            raise PluginRefused(f"register_slots: there is no place {slot.place!r}")
