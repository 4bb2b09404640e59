"""Asks the plugins that a merchant has switched on, and only those."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from markupsafe import Markup

from core.base.errors import TongbaoError
from core.contract import hookspecs
from core.contract.health import CallResult, Health, Weight
from core.contract.registry import Registry
from core.contract.views import ShopView, ShopViews

HOOKS = frozenset(name for name, hook in vars(hookspecs).items() if hasattr(hook, f"{hookspecs.NAMESPACE}_spec"))
ASKED_PER_MERCHANT = frozenset(name for name in HOOKS if not name.startswith("register_"))
CHECK = "check_setup"
SAMPLED = 64
"""Hooks are asked so often, and answer so fast, that one call in so many is timed and stands for the others."""
_PLANS_MAX = 4096
_FAULTS_MAX = 200
log = logging.getLogger("tongbao.plugins")

Caller = tuple[str, Callable[..., Any], tuple[str, ...]]


class PluginFailed(RuntimeError):
    """A plugin's code raised something that is no refusal. Names the plugin and the hook; the cause is chained."""

    def __init__(self, plugin_id: str, where: str, cause: BaseException):
        super().__init__(f"plugin {plugin_id}: {where} raised {type(cause).__name__}: {cause}")
        self.plugin_id = plugin_id
        self.where = where


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a page that failed to show, how often since the last drain and when last (Unix seconds)."""

    merchant_id: str
    plugin_id: str
    place: str
    message: str
    count: int
    last_seconds: float


@dataclass(slots=True)
class Dispatch:
    """Calls hooks and slots over an allow list. Safe to share between threads; made once, from a frozen registry."""

    registry: Registry
    health: Health = field(default_factory=Health)
    _plans: dict[tuple[str, frozenset[str]], tuple[Caller, ...]] = field(default_factory=dict)
    _faults: dict[tuple[str, str, str], Fault] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _asked: int = 0

    def call(self, hook_name: str, enabled: frozenset[str], **given: Any) -> list[Any]:
        """What each enabled plugin answers to a contribute or notice hook, in the order of the plugins' ids.

        Every argument of the hook must be given; `shop` may be a ShopViews, and each plugin then sees its own settings.
        A TongbaoError passes through (a veto with words for the user); anything else is raised as PluginFailed, with
        the plugin's name. Either way the remaining plugins are not asked and the caller's transaction must roll back.
        """
        callers = self._plans.get((hook_name, enabled))
        if callers is None:
            callers = self._plan(hook_name, enabled)
        self._asked += 1
        if self._asked % SAMPLED == 0 or hook_name == CHECK:
            return self._timed(callers, hook_name, given)
        answers: list[Any] = []
        shop = given.get("shop")
        try:
            if type(shop) is ShopViews:
                for plugin_id, function, names in callers:
                    given["shop"] = shop[plugin_id]
                    answers.append(function(*[given[name] for name in names]))
            else:
                for _, function, names in callers:
                    answers.append(function(*[given[name] for name in names]))
        except TongbaoError:
            self._note(given, callers[len(answers)][0], hook_name, "refused", 0.0)
            raise
        except Exception as error:
            plugin_id = callers[len(answers)][0]
            self._note(given, plugin_id, hook_name, "fault", 0.0, f"{type(error).__name__}: {error}")
            raise PluginFailed(plugin_id, hook_name, error) from error
        return answers

    def _timed(self, callers: tuple[Caller, ...], hook_name: str, given: dict[str, Any]) -> list[Any]:
        """Like `call`, with the clock in hand: what works counts for all those that were not timed."""
        answers: list[Any] = []
        shop = given.get("shop")
        for plugin_id, function, names in callers:
            if type(shop) is ShopViews:
                given["shop"] = shop[plugin_id]
            began = time.perf_counter()
            try:
                answers.append(function(*[given[name] for name in names]))
            except TongbaoError:
                self._note(given, plugin_id, hook_name, "refused", time.perf_counter() - began)
                raise
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                self._note(given, plugin_id, hook_name, "fault", time.perf_counter() - began, words)
                raise PluginFailed(plugin_id, hook_name, error) from error
            count = 1 if hook_name == CHECK else SAMPLED
            self._note(given, plugin_id, hook_name, "ok", time.perf_counter() - began, count=count)
        return answers

    def _note(
        self,
        given: dict[str, Any],
        plugin_id: str,
        call: str,
        result: CallResult,
        seconds: float,
        words: str = "",
        *,
        count: int = 1,
    ) -> None:
        merchant_id = getattr(given.get("shop"), "merchant_id", "") or ""
        weight: Weight = "asks" if call == CHECK else "none"
        self.health.note(merchant_id, plugin_id, call, result, seconds, words, weight=weight, count=count)

    def collect(self, hook_name: str, enabled: frozenset[str], **given: Any) -> list[tuple[str, Any]]:
        """Like `call` for hooks that answer with sequences: every item, with the id of the plugin that gave it."""
        answers = self.call(hook_name, enabled, **given)
        callers = self._plans[hook_name, enabled]
        return [(caller[0], item) for caller, answer in zip(callers, answers, strict=True) for item in answer or ()]

    def implements(self, hook_name: str) -> bool:
        """Whether any loaded plugin implements a hook at all (so that its arguments need not be made in vain)."""
        return bool(self.registry.hook_implementations(hook_name))

    def answers(self, plugin_id: str, hook_name: str) -> bool:
        """Whether this plugin implements a hook."""
        return any(found == plugin_id for found, _ in self.registry.hook_implementations(hook_name))

    def _plan(self, hook_name: str, enabled: frozenset[str]) -> tuple[Caller, ...]:
        if hook_name not in ASKED_PER_MERCHANT:
            raise ValueError(f"{hook_name} is not a hook that is asked per merchant")
        plan = tuple(
            (plugin_id, implementation.function, tuple(implementation.argnames))
            for plugin_id, implementation in self.registry.hook_implementations(hook_name)
            if plugin_id in enabled
        )
        if len(self._plans) >= _PLANS_MAX:
            self._plans.clear()
        self._plans[hook_name, enabled] = plan
        return plan

    def render_slot(self, place: str, shop: ShopView | ShopViews, enabled: frozenset[str], **context: Any) -> Markup:
        """The markup of all pieces for one place of a page. Never raises: a piece that fails shows nothing.

        The failure is logged with the plugin's name and kept for `drain_faults`. Nothing is written here, since a page
        is rendered in a reading transaction.
        """
        pieces = []
        for owned in self.registry.slots(place, enabled):
            view = shop[owned.plugin_id] if isinstance(shop, ShopViews) else shop
            began, words = time.perf_counter(), ""
            result: CallResult = "ok"
            try:
                pieces.append(owned.item.render(view, **context) or "")
            except Exception as error:
                result, words = "fault", f"{type(error).__name__}: {error}"
                log.exception("plugin %s: slot %s failed", owned.plugin_id, place)
                self.note_fault(view.merchant_id, owned.plugin_id, place, error)
            seconds = time.perf_counter() - began
            self._note({"shop": view}, owned.plugin_id, f"slot {place}", result, seconds, words)
        return Markup("\n").join(Markup(piece) for piece in pieces if piece)  # noqa: S704 - the contract: trusted markup

    def note_fault(self, merchant_id: str, plugin_id: str, place: str, error: BaseException) -> None:
        """Keep in mind that a plugin failed at a place where the host went on without it."""
        key = (merchant_id, plugin_id, place)
        message = f"{type(error).__name__}: {error}"[:300]
        with self._lock:
            seen = self._faults.get(key)
            if seen is None and len(self._faults) >= _FAULTS_MAX:
                return
            count = seen.count + 1 if seen else 1
            self._faults[key] = Fault(*key, message=message, count=count, last_seconds=time.time())

    def drain_faults(self) -> list[Fault]:
        """What failed since the last call, once; to be written after the request (see core.contract.faults)."""
        if not self._faults:
            return []
        with self._lock:
            drained, self._faults = list(self._faults.values()), {}
        return drained
