"""Identifiers that tell their type (`ord_…`) and sort by the moment they were made."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

from core.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def _base32(value: int, length: int) -> str:
    """The last `length` digits (an even number of them), two at a time."""
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(5 * length - 10, -10, -10)])


class _Tail:
    """The random end of identifiers, rising within one millisecond of one process: what is made later sorts later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._value = 0

    def after(self, millisecond: int) -> int:
        """80 bits: fresh in a new millisecond, else a random step above the last one."""
        with self._lock:
            if millisecond == self._millisecond:
                self._value += secrets.randbits(48) + 1
            else:
                self._millisecond, self._value = millisecond, secrets.randbits(79)
            return self._value


_tail = _Tail()


def new_id(prefix: str) -> str:
    """A new identifier: prefix, then 48 bits of milliseconds and 80 random bits in Crockford's base 32."""
    millisecond = int(clock.now().timestamp() * 1000)
    return f"{prefix}_{_base32(millisecond, 10)}{_base32(_tail.after(millisecond), 16)}"


def first_id(prefix: str, moment: datetime) -> str:
    """The smallest identifier that can have been made at or after a moment: a range of time is a range of keys."""
    return f"{prefix}_{_base32(int(moment.timestamp() * 1000), 10)}{'0' * 16}"


def new_code(length: int = 8) -> str:
    """A short code that people can read aloud: no 0, 1, I, O. 8 characters are 40 random bits."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def new_token() -> str:
    """A secret of 256 random bits for cookies, links and proofs."""
    return secrets.token_urlsafe(32)
