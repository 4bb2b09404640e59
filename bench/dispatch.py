"""What it costs to ask a merchant's plugins, against the same pluggy call with as many implementations.

Prints one ratio for 3 and one for 10 plugins (both sides pass the same arguments to the same functions), and the
ratio when 3 of 10 loaded plugins are enabled. The limit is 1.5. Run: `python bench/dispatch.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from timeit import repeat

import pluggy

from core.contract import hookspecs
from core.contract.dispatch import Dispatch
from core.contract.loader import own_hooks
from core.contract.manifest import Manifest
from core.contract.registry import Registry
from core.contract.views import BasketView, FeeLine, ShopView, ShopViews

LIMIT = 1.5
CALLS = 20_000
SHOP = ShopView("mer_1", "tea", "Tea", "CNY", "en")
BASKET = BasketView("car_1", "CNY", (), 0, None)


class Plugin:
    def __init__(self, plugin_id: str) -> None:
        self.manifest = Manifest(plugin_id, plugin_id, "", "1", ">=0", "core")

    @hookspecs.hookimpl
    def contribute_fees(self, shop: ShopView, basket: BasketView) -> list[FeeLine]:
        return []


def seconds(function: Callable[[], object]) -> float:
    return min(repeat(function, number=CALLS, repeat=7)) / CALLS


def dispatch_of(plugins: list[Plugin]) -> Dispatch:
    registry = Registry()
    for plugin in plugins:
        registry.add_plugin(plugin.manifest, plugin, own_hooks(plugin, plugin.manifest.id))
    registry.freeze()
    return Dispatch(registry)


def ratio(loaded: int, enabled: int) -> float:
    """Our call to `enabled` of `loaded` plugins against pluggy's call to `enabled` plugins."""
    plugins = [Plugin(f"p{index}") for index in range(loaded)]
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    for plugin in plugins[:enabled]:
        manager.register(plugin)
    dispatch = dispatch_of(plugins)
    on = frozenset(plugin.manifest.id for plugin in plugins[:enabled])
    shop = ShopViews(SHOP, lambda plugin_id: {})
    ours = seconds(lambda: dispatch.call("contribute_fees", on, shop=shop, basket=BASKET))
    theirs = seconds(lambda: manager.hook.contribute_fees(shop=SHOP, basket=BASKET))
    sys.stdout.write(
        f"dispatch to {enabled:2} of {loaded:2} plugins: {ours * 1e6:.2f} us, "
        f"pluggy {theirs * 1e6:.2f} us, ratio {ours / theirs:.2f} (limit {LIMIT})\n"
    )
    return ours / theirs


def main() -> int:
    return 0 if max(ratio(3, 3), ratio(10, 10), ratio(10, 3)) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
