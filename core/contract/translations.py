"""Catalogues of words: core's and each plugin's own, in `<package>/locale/<locale>/LC_MESSAGES/messages.po`.

English is the source; the other languages of core.base.i18n.LOCALES are kept complete by `check`.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.base.i18n import LOCALES

TARGETS = tuple(locale for locale in LOCALES if locale != "en")
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]")
"""Templates format every message, so any other percent sign is an error when the page is made."""
_METHODS = [("**/migrations/**", "ignore"), ("**/tests/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS = {"**.html": {"silent": "false"}}


def folder_of(package: str) -> Path:
    """The folder of a package. Raises ValueError when there is none."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{package} is not a package")
    return Path(next(iter(spec.submodule_search_locations)))


def compile_catalogues(folders: Iterable[Path]) -> list[Path]:
    """Make the `.mo` of every catalogue that is newer than it; returns those made."""
    made = []
    for folder in folders:
        for source in sorted(folder.glob("locale/*/LC_MESSAGES/messages.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
                continue
            with target.open("wb") as file:
                write_mo(file, _read(source, source.parts[-3]))
            made.append(target)
    return made


def check_catalogues(folder: Path) -> Iterator[str]:
    """One sentence for each word of a package that a language lacks, has wrongly (a placeholder lost) or needlessly."""
    wanted = _extracted(folder)
    if not len(wanted):
        return
    for locale in TARGETS:
        path = _path(folder, locale)
        if not path.exists():
            yield f"{path}: there is no catalogue; `tongbao translations update` makes one"
            continue
        have = _read(path, locale)
        for message in wanted:
            known = have.get(message.id, message.context) if message.id else None
            if message.id and (known is None or not _translated(known.string)):
                yield f"{path}: {_first(message.id)!r} is not translated"
            elif known is not None and known.fuzzy:
                yield f"{path}: {_first(message.id)!r} is marked fuzzy"
        for message in have:
            if message.id and wanted.get(message.id, message.context) is None:
                yield f"{path}: {_first(message.id)!r} is not used any more"
            if message.id and not _formats(message.string):
                yield f"{path}: {_first(message.id)!r}: a bare % breaks the page; write it as a word"
        for message, errors in have.check():
            yield from (f"{path}: {_first(message.id)!r}: {error}" for error in errors)


def update_catalogues(folder: Path) -> list[Path]:
    """Bring a package's catalogues to the words in its code: new ones empty, those no longer used taken out."""
    wanted = _extracted(folder)
    if not len(wanted):
        return []
    written = []
    for locale in TARGETS:
        path = _path(folder, locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        have = _read(path, locale) if path.exists() else Catalog(locale=locale, fuzzy=False)
        have.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        with path.open("wb") as file:
            write_po(file, have, width=120, sort_output=True, no_location=True, omit_header=False, ignore_obsolete=True)
        written.append(path)
    return written


def _extracted(folder: Path) -> Catalog:
    catalog = Catalog(fuzzy=False)
    found = extract_from_dir(str(folder), _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=("Translators:",))
    for name, line, message, comments, context in found:
        catalog.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return catalog


def _read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _path(folder: Path, locale: str) -> Path:
    return folder / "locale" / locale / "LC_MESSAGES" / "messages.po"


def _translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


def _formats(string: str | tuple[str, ...] | list[str] | None) -> bool:
    words = string if isinstance(string, (list, tuple)) else (string or "",)
    return not any("%" in _PLACES.sub("", word) for word in words)


def _first(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]
