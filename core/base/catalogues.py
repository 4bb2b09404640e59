"""Translation catalogues of core and of each plugin: found words, what is missing, and the compiled form.

Every owner (a package with a `locale/` folder) has `locale/<locale>/LC_MESSAGES/messages.po`; English is in the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.base.i18n import LOCALES

SOURCE = "en"
DOMAIN = "messages"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_p": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_NOISE = tuple(
    f'"{name}'
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team", "Report-")
)
OPTIONS = {"**/templates/**.html": {"silent": "false"}}


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has words of its own: `core`, or a plugin."""

    name: str
    folder: Path

    def po(self, locale: str) -> Path:
        """Its catalogue in one language."""
        return self.folder / "locale" / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def translated_locales() -> list[str]:
    """The languages that need a catalogue."""
    return [locale for locale in LOCALES if locale != SOURCE]


def extract(owner: Owner) -> Catalog:
    """Every message in the owner's code and templates."""
    catalog = _new()
    found = extract_from_dir(
        owner.folder,
        method_map=METHODS,
        options_map=OPTIONS,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for filename, _line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, None, [(filename, 1)], auto_comments=comments, context=context)
    return catalog


def _new(locale: str | None = None) -> Catalog:
    return Catalog(
        locale=locale,
        domain=DOMAIN,
        charset="utf-8",
        fuzzy=False,
        project="Tongbao",
        version="0",
        header_comment="# Words of Tongbao. `tongbao translations update` writes the file, people the translations.",
    )


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return _new(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def update(owner: Owner) -> None:
    """Bring the owner's catalogues up to the code: new messages empty, gone ones removed, nothing guessed."""
    template = extract(owner)
    for locale in translated_locales():
        path = owner.po(locale)
        catalog = _read(path, locale)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        written = BytesIO()
        write_po(written, catalog, width=110, sort_by_file=False, omit_header=False, include_lineno=False)
        lines = [line for line in written.getvalue().decode().splitlines() if not line.startswith(_NOISE)]
        path.write_text("\n".join(lines) + "\n", "utf-8")


def problems(owner: Owner) -> Iterator[str]:
    """What is wrong with the owner's catalogues: missing, fuzzy or unused messages, placeholders that differ."""
    template = extract(owner)
    for locale in translated_locales():
        catalog = _read(owner.po(locale), locale)
        where = f"{owner.name} {locale}"
        for message in template:
            if not message.id:
                continue
            known = catalog.get(message.id, message.context)
            if known is None or not _complete(known):
                yield f"{where}: not translated: {_shown(message)}"
            elif known.fuzzy:
                yield f"{where}: marked fuzzy: {_shown(message)}"
            else:
                for error in known.check(catalog):
                    yield f"{where}: {error}: {_shown(message)}"
        for message in catalog:
            if message.id and template.get(message.id, message.context) is None:
                yield f"{where}: not in the code any more: {_shown(message)}"


def _complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(strings) and all(strings)


def _shown(message: Message) -> str:
    return repr(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def compile_all(owner: Owner) -> int:
    """Compile the owner's catalogues where they are newer than their compiled form. Returns how many were."""
    compiled = 0
    for path in sorted(owner.folder.glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po")):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        catalog = _read(path, path.parent.parent.name)
        with target.open("wb") as file:
            write_mo(file, catalog)
        compiled += 1
    return compiled
