"""What pages and the first page are made of: blocks, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.richtext import HTML_CHARS_MAX, clean_html

Field = Literal["line", "lines", "html", "address", "picture", "category", "limit", "items"]
BLOCKS: Final[Mapping[str, Mapping[str, Field]]] = {
    "text": {"title": "line", "html": "html"},
    "picture": {"picture": "picture", "alt": "line", "caption": "line"},
    "hero": {"title": "line", "text": "lines", "button": "line", "address": "address", "picture": "picture"},
    "products": {"title": "line", "category": "category", "limit": "limit"},
    "categories": {"title": "line"},
    "faq": {"title": "line", "items": "items"},
    "contact": {"title": "line", "text": "lines"},
    "newsletter": {"title": "line", "text": "lines"},
}
"""The kinds of blocks with their fields."""
BLOCKS_MAX: Final = 30
ITEMS_MAX: Final = 40
LINE_MAX: Final = 200
LINES_MAX: Final = 2000
LIMITS: Final = (4, 8, 12, 24)
_KEY: Final = re.compile(r"[0-9a-f]{40}")
_OUTSIDE: Final = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
_INSIDE: Final = re.compile(r"/(?!/)[^\s\\]*|#[\w-]+")


def checked_address(text: str) -> str:
    """Where a link may lead: inside the shop (`/pages/about`), `https://…`, `mailto:…`, `tel:…`. Raises Invalid."""
    text = text.strip()
    if text and len(text) <= 500 and (_INSIDE.fullmatch(text) or _OUTSIDE.fullmatch(text)):
        return text
    raise Invalid(_l("Write an address like /pages/about or https://example.com."))


def checked_blocks(blocks: Sequence[Mapping[str, Any]], problems: dict[str, object]) -> list[dict[str, Any]]:
    """Blocks that are safe to show. What is wrong is noted in `problems` under `b<place>.<field>`."""
    if len(blocks) > BLOCKS_MAX:
        problems["blocks"] = _l("A page has at most %(count)d blocks.", count=BLOCKS_MAX)
        blocks = blocks[:BLOCKS_MAX]
    checked = []
    for place, block in enumerate(blocks):
        kind = str(block.get("kind", ""))
        if kind not in BLOCKS:
            problems["blocks"] = _l("There is no such block.")
            continue
        values: dict[str, Any] = {"kind": kind}
        for name, field in BLOCKS[kind].items():
            try:
                values[name] = _checked(field, block.get(name))
            except Invalid as error:
                problems[f"b{place}.{name}"] = error.message
                values[name] = "" if field != "items" else []
        checked.append(values)
    return checked


def _checked(field: Field, value: Any) -> Any:
    if field == "items":
        return _items(value)
    if field == "limit":
        number = int(value) if str(value or "").isdigit() else LIMITS[1]
        return number if number in LIMITS else LIMITS[1]
    text = str(value or "").replace("\x00", "").strip()
    if field == "html":
        if len(text) > HTML_CHARS_MAX:
            raise Invalid(_l("At most %(count)d characters.", count=HTML_CHARS_MAX))
        return clean_html(text)
    most = LINES_MAX if field == "lines" else LINE_MAX
    if field != "address" and len(text) > most:
        raise Invalid(_l("At most %(count)d characters.", count=most))
    if field == "address":
        return checked_address(text) if text else ""
    if field == "picture" and text and not _KEY.fullmatch(text):
        raise Invalid(_l("Upload the picture again."))
    return text


def _items(value: Any) -> list[dict[str, str]]:
    found = []
    for item in list(value or ())[:ITEMS_MAX]:
        question, answer = (str(item.get(key, "")).strip() for key in ("question", "answer"))
        if not question and not answer:
            continue
        if not question or len(question) > LINE_MAX or len(answer) > LINES_MAX:
            raise Invalid(_l("Each answer needs its question, of at most %(count)d characters.", count=LINE_MAX))
        found.append({"question": question, "answer": answer})
    return found
