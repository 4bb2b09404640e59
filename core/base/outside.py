"""Calls to addresses that strangers named: only to the open internet, never into our own network.

The name is resolved here, every address it has must be a public one, and the connection is made to exactly that
address, so that a name that changes its mind between the check and the call gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
ANSWER_BYTES_MAX = 4096
ADDRESS_CHARACTERS_MAX = 1000


class TargetRefused(ValueError):
    """An address that may not be called; the message is the reason, in few English words (`code` for programs)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class OutsideFailed(RuntimeError):
    """No answer came: the message says why, in few words."""


@dataclass(frozen=True, slots=True)
class OutsideAnswer:
    """What the other side said; the body is cut."""

    status: int
    body: bytes
    milliseconds: int


def checked_target(url: str, *, private_too: bool) -> SplitResult:
    """An address that may be called, as far as it can be told without asking a name server. Raises TargetRefused.

    With `private_too` (development) plain http and our own network are allowed.
    """
    if len(url) > ADDRESS_CHARACTERS_MAX or not url.isprintable() or " " in url:
        raise TargetRefused("address", "this is not an address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("address", "this is not an address") from None
    if parts.scheme not in (("https", "http") if private_too else ("https",)) or not parts.hostname:
        raise TargetRefused("scheme", "an address begins with https://")
    if parts.username or parts.password:
        raise TargetRefused("credentials", "an address holds no user and password")
    if port == 0:
        raise TargetRefused("address", "this is not an address")
    literal = _literal(parts.hostname)
    if literal is not None and not private_too and not _public(literal):
        raise TargetRefused("private", "this address is not on the open internet")
    if parts.hostname == "localhost" and not private_too:
        raise TargetRefused("private", "this address is not on the open internet")
    return parts


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = None
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    return (
        address.is_global and not address.is_multicast and not address.is_reserved and (inner is None or _public(inner))
    )


def resolved(host: str, port: int, *, private_too: bool) -> str:
    """The address to connect to. Raises TargetRefused when any that the name has is not public, OutsideFailed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutsideFailed("the name is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise OutsideFailed("the name has no address")
    if not private_too and not all(_public(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise TargetRefused("private", "this address is not on the open internet")
    return addresses[0]


def post(url: str, body: bytes, headers: Mapping[str, str], *, private_too: bool = False) -> OutsideAnswer:
    """Send something to an address that a stranger named. Raises TargetRefused, OutsideFailed."""
    parts = checked_target(url, private_too=private_too)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolved(host, port, private_too=private_too)
    timeout = Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
    began = time.monotonic()
    pool: HTTPConnectionPool
    if parts.scheme == "https":
        pool = HTTPSConnectionPool(
            address,
            port,
            timeout=timeout,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
        )
    else:
        pool = HTTPConnectionPool(address, port, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        response = pool.urlopen(
            "POST",
            path,
            body=body,
            headers={**headers, "Host": parts.netloc},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            kept = b""
            while len(kept) < ANSWER_BYTES_MAX and time.monotonic() - began < ANSWER_SECONDS:
                piece = response.read1(ANSWER_BYTES_MAX - len(kept))
                if not piece:
                    break
                kept += piece
        finally:
            response.close()
        return OutsideAnswer(response.status, kept, int((time.monotonic() - began) * 1000))
    except (HTTPError, OSError, ValueError) as error:
        raise OutsideFailed(type(error).__name__) from error
    finally:
        pool.close()
