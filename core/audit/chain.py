"""How an entry's hash is made: SHA-256 over its canonical JSON, which names the hash of the entry before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

FIRST_HASH = "0" * 64
HASHED = ("chain", "sequence", "at", "actor_id", "on_behalf_of", "action", "subject", "details", "previous_hash")


def entry_hash(entry: Mapping[Any, Any]) -> str:
    """The hash of an entry (its row as a mapping), 64 hexadecimal digits."""
    moment = entry["at"].astimezone(UTC).isoformat("T", "microseconds")
    said = [moment if name == "at" else entry[name] for name in HASHED]
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
