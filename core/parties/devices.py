"""Words for where somebody is signed in, from what browsers say of themselves."""

from __future__ import annotations

import ipaddress

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_label(user_agent: str) -> str:
    """Browser and system in two words ("Chrome, Windows"); empty when nothing is known."""
    said = user_agent[:400]
    found = [next((name for mark, name in known if mark in said), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)


def address_prefix(address: str) -> str:
    """The network that an address is in (/24, or /48 of the newer kind); empty for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    network = ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False)
    return str(network)
