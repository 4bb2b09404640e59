"""Looks for the proof of a domain outside: a DNS TXT record or a small file. No database here.

A merchant chooses the name that we then ask, so every answer is distrusted: only public addresses are connected to
(the address that was checked is the one that is used), no redirect is followed, little is read, and not for long.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.resolver
import requests
from dns.exception import DNSException
from requests.adapters import HTTPAdapter

from core.base.crypto import same
from core.base.i18n import lazy_gettext as _l

TXT_PREFIX = "_tongbao"
TIMEOUT_SECONDS = 5.0
FILE_BYTES_MAX = 1024


def proof_path(token: str) -> str:
    """Where the proof file is looked for."""
    return f"/.well-known/tongbao-{token}.txt"


def txt_values(name: str) -> list[str]:
    """The TXT records of a name, each with its parts joined. Empty when there are none or no server answers."""
    resolver = dns.resolver.Resolver()
    resolver.lifetime = TIMEOUT_SECONDS
    try:
        answer = resolver.resolve(name, "TXT")
    except DNSException:
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def addresses_of(host: str) -> list[str]:
    """All addresses of a host as the system resolves it."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(entry[4][0]) for entry in found})


@dataclass(frozen=True, slots=True)
class Lookup:
    """How the outside is asked; tests put their own resolver in."""

    private_allowed: bool = False
    """Development only: names that resolve to this machine or a private network may prove themselves."""
    port: int = 80
    txt: Callable[[str], Sequence[str]] = field(default=txt_values)
    addresses: Callable[[str], Sequence[str]] = field(default=addresses_of)


@dataclass(frozen=True, slots=True)
class Result:
    found: bool
    words: Any = ""


def proof_by_dns(lookup: Lookup, host: str, token: str) -> Result:
    """Whether `_tongbao.<host>` has a TXT record with the token."""
    name = f"{TXT_PREFIX}.{host}"
    values = [value.strip().strip('"') for value in lookup.txt(name)]
    if any(same(value, token) for value in values):
        return Result(True)
    if values:
        return Result(False, _l("The TXT record %(name)s has another value than the one shown here.", name=name))
    return Result(False, _l("There is no TXT record %(name)s.", name=name))


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet (and not to this machine, a private or a special network)."""
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed.teredo is not None or (inner is not None and not inner.is_global):
            return False
    return parsed.is_global and not parsed.is_multicast


class _PinnedAdapter(HTTPAdapter):
    """Connects to the address that was checked, whatever the name resolves to a moment later."""

    def __init__(self, address: str, host: str, port: int) -> None:
        self._netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self._host = host
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.headers["Host"] = self._host
        request.url = f"http://{self._netloc}{request.path_url}"
        return super().send(request, *args, **kwargs)


def proof_by_file(lookup: Lookup, host: str, token: str) -> Result:
    """Whether the host serves the token at /.well-known/tongbao-<token>.txt over plain HTTP."""
    addresses = list(lookup.addresses(host))
    if not addresses:
        return Result(False, _l("%(host)s has no address yet.", host=host))
    if not lookup.private_allowed and not all(is_public(address) for address in addresses):
        return Result(False, _l("%(host)s points to an address that is not on the public internet.", host=host))
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", _PinnedAdapter(addresses[0], host, lookup.port))
    try:
        with session.get(
            f"http://{host}{proof_path(token)}",
            allow_redirects=False,
            stream=True,
            timeout=TIMEOUT_SECONDS,
            headers={"Accept": "text/plain", "User-Agent": "Tongbao domain check"},
        ) as response:
            body = response.raw.read(FILE_BYTES_MAX + 1, decode_content=False) if response.status_code == 200 else b""
            status = response.status_code
    except (requests.RequestException, OSError, ValueError):
        return Result(False, _l("No web server answered at http://%(host)s.", host=host))
    finally:
        session.close()
    if status != 200:
        words = _l("http://%(host)s%(path)s answered %(status)d.", host=host, path=proof_path(token), status=status)
        return Result(False, words)
    text = body[:FILE_BYTES_MAX].decode("utf-8", "replace").strip()
    if len(body) <= FILE_BYTES_MAX and same(text, token):
        return Result(True)
    return Result(False, _l("The file at http://%(host)s has another content.", host=host))
