"""Blocks as a form: read, moved, added, taken away; the same without and with scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.transactions import end_read
from core.catalog.pictures import UPLOAD_BYTES_MAX
from core.site.blocks import BLOCKS, BLOCKS_MAX, ITEMS_MAX
from core.site.pictures import keep_picture
from core.web.console.page import actor_id, merchant_id, words_of

NAMES = {
    "text": _("Text"),
    "picture": _("Picture"),
    "hero": _("Opening"),
    "products": _("Products"),
    "categories": _("Categories"),
    "faq": _("Questions and answers"),
    "contact": _("Contact"),
    "newsletter": _("News by e-mail"),
}
assert set(NAMES) == set(BLOCKS)
_PLACE = re.compile(r"b(\d{1,3})\.kind")


def sent_blocks(problems: dict[str, object]) -> list[dict[str, Any]]:
    """The blocks of the form that was sent, in the order that it says; pictures are kept at once.

    A picture that cannot be used is noted in `problems`; nothing else is checked here.
    """
    found = []
    for name in request.form:
        match = _PLACE.fullmatch(name)
        kind = request.form.get(name, "")
        if match is None or kind not in BLOCKS:
            continue
        place = int(match[1])
        position = request.form.get(f"b{place}.position", "")
        found.append((int(position) if position.isdigit() and len(position) < 5 else place, place, kind))
    blocks = []
    for number, (_position, place, kind) in enumerate(sorted(found)[: BLOCKS_MAX + 1]):
        blocks.append(_sent(kind, f"b{place}.", f"b{number}.", request.form, problems))
    return blocks


def _sent(
    kind: str, prefix: str, new_prefix: str, form: MultiDict[str, str], problems: dict[str, object]
) -> dict[str, Any]:
    block: dict[str, Any] = {"kind": kind}
    for name, field in BLOCKS[kind].items():
        if field == "items":
            pairs = ((form.get(f"{prefix}q{i}", ""), form.get(f"{prefix}a{i}", "")) for i in range(ITEMS_MAX))
            block[name] = [{"question": q, "answer": a} for q, a in pairs if q.strip() or a.strip()]
        else:
            block[name] = form.get(prefix + name, "")
        if field == "picture":
            block[name] = sent_picture(prefix + name, block[name], problems, at=new_prefix + name)
    return block


def sent_picture(name: str, before: str, problems: dict[str, object], *, at: str | None = None) -> str:
    """The key of the picture of a field: a new upload, what was there, or nothing when it is to go."""
    upload: FileStorage | None = request.files.get(f"{name}.file")
    if request.form.get(f"{name}.gone") == "1":
        return ""
    if upload is None or not upload.filename:
        return before
    content = upload.stream.read(UPLOAD_BYTES_MAX + 1)
    end_read()
    try:
        return keep_picture(merchant_id(), content, actor_id=actor_id())
    except (Invalid, Refused) as error:
        problems[at or name] = words_of(error)
        return before


def rearranged(blocks: list[dict[str, Any]], do: str) -> tuple[list[dict[str, Any]], int | None]:
    """The blocks after `add:<kind>`, `up:<place>`, `down:<place>` or `remove:<place>`; and which one to look at."""
    what, _colon, which = do.partition(":")
    if what == "add" and which in BLOCKS and len(blocks) < BLOCKS_MAX:
        return [*blocks, {"kind": which}], len(blocks)
    place = int(which) if which.isdigit() and len(which) < 4 else -1
    if not 0 <= place < len(blocks):
        return blocks, None
    moved = list(blocks)
    if what == "remove":
        moved.pop(place)
        return moved, max(place - 1, 0)
    to = place + (-1 if what == "up" else 1)
    if what in ("up", "down") and 0 <= to < len(moved):
        moved[place], moved[to] = moved[to], moved[place]
        return moved, to
    return blocks, None


def is_arranging(do: str) -> bool:
    """Whether a button of the form moves blocks about."""
    return do.partition(":")[0] in ("add", "up", "down", "remove")


def of_language(errors: Mapping[str, object], locale: str) -> dict[str, object]:
    """The errors of one language's fields, without its name before them."""
    prefix = f"{locale}."
    return {name.removeprefix(prefix): words for name, words in errors.items() if name.startswith(prefix)}
