"""Host names: how they are written, and which can be a merchant's own."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import dns.name
from dns.exception import DNSException

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
HOST_CHARACTERS_MAX = 253
_NEVER_PUBLIC = (".localhost", ".local", ".internal", ".invalid", ".test", ".example", ".onion", ".arpa")


@lru_cache(maxsize=4096)
def plain_host(host: str) -> str | None:
    """A Host header as it is looked up: lower case, IDNA, without port and final dot. None when it is no name.

    >>> plain_host("Tea.Example.com:8000")
    'tea.example.com'
    """
    name = host.strip()
    if not name or len(name) > HOST_CHARACTERS_MAX + 6 or name.startswith("["):
        return None
    name, _, port = name.partition(":")
    if (port and not port.isascii()) or (port and not port.isdigit()):
        return None
    name = name.removesuffix(".").lower()
    if not name.isascii():
        try:
            name = dns.name.from_unicode(name, idna_codec=dns.name.IDNA_2003).to_text(omit_final_dot=True).lower()
        except (DNSException, UnicodeError):
            return None
    if not 0 < len(name) <= HOST_CHARACTERS_MAX:
        return None
    return name if all(_LABEL.fullmatch(label) for label in name.split(".")) else None


def is_address(host: str) -> bool:
    """Whether a host is an IP address and not a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def within(host: str, platform_host: str) -> bool:
    """Whether a host is the platform's own name or one below it."""
    return host == platform_host or host.endswith("." + platform_host)


def claimable_host(text: str, platform_host: str, *, private_allowed: bool = False) -> str:
    """What a merchant typed as the name it wants to claim, normalised. Raises Invalid with words for the merchant."""
    typed = text.strip()
    for scheme in ("https://", "http://"):
        typed = typed.removeprefix(scheme)
    typed = typed.split("/", 1)[0]
    host = plain_host(typed)

    def refuse(words: object) -> Invalid:
        return Invalid(words, code="bad_domain", fields={"host": words})

    if host is None:
        raise refuse(_l("This is not a domain name. Write it like shop.example.com, without spaces or a path."))
    if is_address(host) or is_address(typed):
        raise refuse(_l("This is a numeric address. A shop needs a domain name such as shop.example.com."))
    if within(host, platform_host):
        raise refuse(_l("Names below %(host)s belong to the platform. Use a domain of your own.", host=platform_host))
    if "." not in host or (not private_allowed and host.endswith(_NEVER_PUBLIC)):
        raise refuse(_l("This name cannot be reached from the internet. Use a full domain such as shop.example.com."))
    return host
