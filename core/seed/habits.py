"""How the demo's shops trade: zones, notices, what checkout asks, withdrawals by themselves, who looked in."""

from __future__ import annotations

import random
from datetime import timedelta

from core.base import clock
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
