"""How the demo's shops trade: zones, notices, what checkout asks, withdrawals by themselves, who looked in."""

from __future__ import annotations

import random
from datetime import timedelta

from core.base import clock
from core.contract.health import FAULTS_TO_OPEN, CallResult, Health
from core.contract.health_store import write_health
from core.contract.runtime import registry
from core.figures.service import add_visits, close_days
from core.figures.visits import Counted
from core.payments.accounts import bank_accounts
from core.payments.schedules import set_schedule
from core.shops.options import change_options
from core.shops.service import change_plugin_settings

DAYS = 60
REFERRERS = (
    ("", 9),
    ("google.com", 6),
    ("xiaohongshu.com", 5),
    ("instagram.com", 3),
    ("wechat.com", 4),
    ("douban.com", 1),
)


def _zone(
    zone_id: str, name: str, places: str, code: str, rate: str, bands: list[tuple[int | None, int]]
) -> dict[str, object]:
    return {
        "id": zone_id,
        "name": name,
        "places": places,
        "rates": [
            {
                "code": code,
                "name": rate,
                "by": "weight",
                "bands": [{"up_to": up_to, "price_minor": price} for up_to, price in bands],
                "free_from_minor": 0,
                "handling_days": 1,
                "days_min": 3,
                "days_max": 9,
            }
        ],
    }


ZONES = [
    _zone(
        "abroad", "Hong Kong, Macao, Taiwan", "HK\nMO\nTW", "air", "Air parcel 航空包裹", [(1000, 4500), (5000, 9800)]
    ),
    _zone("asia", "Japan and Singapore", "JP\nSG", "ems", "EMS", [(1000, 12000), (3000, 21000), (10_000, 46000)]),
]


def take_habits(merchant_id: str, slug: str, owner_id: str) -> None:
    """Set a shop up as somebody would who has traded for a while."""
    change_options(
        merchant_id,
        actor_id=owner_id,
        time_zone="Asia/Shanghai",
        order_prefix=slug[:3].upper(),
        company_asked="optional",
        notices={"refund_requested": f"service@{slug}.example", "payout_failed": f"office@{slug}.example"},
    )
    if registry().manifest("logistics") is not None:
        change_plugin_settings(merchant_id, "logistics", {"zones": ZONES}, actor_id=owner_id)


def withdraw_weekly(merchant_id: str, owner_id: str) -> None:
    """Have what is over withdrawn on Mondays."""
    account = bank_accounts(merchant_id)[0]
    set_schedule(merchant_id, account.id, every="week", least_minor=200_000, keep_minor=50_000, actor_id=owner_id)


def look_in(merchant_id: str, dice: random.Random) -> None:
    """Two months of visits, some more on some days than on others, with the carts and checkouts that came of them."""
    names, weights = zip(*REFERRERS, strict=True)
    counted: list[Counted] = []
    for ago in range(DAYS, -1, -1):
        at = clock.now() - timedelta(days=ago)
        visits = dice.randrange(24, 70) if ago else dice.randrange(10, 24)
        counted += [
            Counted(merchant_id, "visit", at, "", visits),
            Counted(merchant_id, "cart", at, "", visits // dice.randrange(6, 11)),
            Counted(merchant_id, "checkout", at, "", visits // dice.randrange(14, 22)),
        ]
        counted += [Counted(merchant_id, "referrer", at, name, 1) for name in dice.choices(names, weights, k=visits)]
    add_visits(counted)


def settle_figures() -> None:
    """Count the days that are over, as the worker will do from now on."""
    close_days()


CALLS: tuple[tuple[str, str, int, float, CallResult], ...] = (
    ("payment", "offer", 40, 0.002, "ok"),
    ("payment", "start", 12, 0.12, "ok"),
    ("payment", "query", 30, 0.08, "ok"),
    ("logistics", "options", 40, 0.003, "ok"),
)
TOO_SLOW = "ReadTimeout: the bank did not answer within 10 seconds"


def use_plugins(merchant_id: str, dice: random.Random) -> None:
    """A day of calls of the shop's plugins, with a bad quarter of an hour of the bank's in it."""
    health = Health(write_health, on_its_own=lambda: False)
    for quarter in range(96, 0, -1):
        with clock.moved(-timedelta(minutes=15 * quarter)):
            for plugin_id, call, most, seconds, result in CALLS:
                for _call in range(dice.randrange(most // 4, most)):
                    health.note(merchant_id, plugin_id, call, result, seconds * dice.uniform(0.6, 2.5))
            if quarter == 30:
                for _call in range(FAULTS_TO_OPEN):
                    health.note(merchant_id, "payment", "start", "timeout", 10, TOO_SLOW, weight="begins")
            if quarter == 29:
                health.note(merchant_id, "payment", "start", "ok", 0.1, weight="begins")
    health.flush()
