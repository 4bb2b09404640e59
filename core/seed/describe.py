"""What somebody who starts the demo needs to know: addresses and sign-ins."""

from __future__ import annotations

from core.base.config import Config
from core.seed.goods import SHOPS
from core.seed.people import BUYERS, MEMBERS, PASSWORD, STAFF


def describe(config: Config) -> list[str]:
    """Lines for the terminal."""
    base = f"{config.platform_host}:{config.port}"
    lines = ["", "  Tongbao 通寶", ""]
    lines += [f"  {shop.name:<24} http://{shop.slug}.{base}" for shop in SHOPS]
    lines += ["", f"  Merchants' console       http://{base}/console/"]
    lines += [
        f"      {email:<24} {role} of {slug}" for slug, people in MEMBERS.items() for email, _n, _l, role in people
    ]
    lines += [f"  Platform office          http://{base}/office/", f"      {STAFF[0]:<24} staff"]
    lines += [
        f"  Buyers in every shop     {BUYERS[0][0]}, {BUYERS[3][0]}",
        f"  Everybody's password     {PASSWORD}",
        "  Owners and staff         their second code is filled in on this machine (or: tongbao demo code E-MAIL)",
        "",
    ]
    return lines
