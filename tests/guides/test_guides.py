"""What the docs name exists (links, pictures, commands, pages, settings, labels); guides stand in both languages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest
from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from core.cli import tongbao
from core.contract.dispatch import HOOKS
from core.sdk import Provider

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])
ENGLISH = [path for path in sorted(GUIDES.rglob("*.md")) if not path.name.endswith(".zh.md")]
PAIRS = [(path, path.with_name(path.stem + ".zh.md")) for path in ENGLISH]
PAIRS.append((ROOT / "README.md", ROOT / "README.zh-CN.md"))
PICTURES_BYTES_MAX = 4 * 1024 * 1024
NAMED = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
BOTH = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda page: page.stem)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks_of(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), flags=re.M | re.S)


def prose_of(page: Path) -> str:
    return re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)


def links_of(page: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)) if "://" not in link]


def lines_of_code(page: Path) -> Iterator[str]:
    """Whatever the page shows as code: spans, and the lines of blocks without comments."""
    yield from re.findall(r"`([^`\n]+)`", prose_of(page))
    for _language, block in re.findall(r"^```(\w*)\n(.*?)^```", text_of(page), flags=re.M | re.S):
        for line in block.splitlines():
            yield from re.split(r"&&|;|\|", re.sub(r"\s#.*", "", line))


@cache
def sources() -> str:
    files = [
        path
        for folder in ("core", "plugins", "bench", "tests")
        for end in ("py", "html")
        for path in (ROOT / folder).rglob(f"*.{end}")
    ]
    return "\n".join(text_of(path) for path in files)


@NAMED
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    gone = [link for link in links_of(page) if not (page.parent / unquote(link.partition("#")[0])).exists()]
    assert gone == []


def test_every_guide_is_named_on_the_first_page_of_its_language() -> None:
    for first, ends in ((GUIDES / "README.md", False), (GUIDES / "README.zh.md", True)):
        named = {(GUIDES / link).resolve() for link in links_of(first)}
        pages = {page.resolve() for page in GUIDES.rglob("*.md") if page.name.endswith(".zh.md") == ends}
        assert pages - named - {first.resolve()} == set()


def test_no_picture_lies_unused_and_all_together_are_small() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links_of(page) if link.endswith(".png")}
    pictures = set((ROOT / "docs").rglob("*.png"))
    assert pictures - shown == set()
    assert sum(picture.stat().st_size for picture in pictures) < PICTURES_BYTES_MAX


@BOTH
def test_a_page_has_the_same_shape_in_both_languages(english: Path, chinese: Path) -> None:
    assert chinese.exists()

    def headings(page: Path) -> list[int]:
        return [len(mark) for mark in re.findall(r"^(#+) ", prose_of(page), flags=re.M)]

    def pictures(page: Path) -> list[str]:
        return [Path(link).name for link in links_of(page) if link.endswith(".png")]

    def rows(page: Path) -> int:
        return len(re.findall(r"^\|", prose_of(page), flags=re.M))

    def code(page: Path) -> list[str]:
        return [re.sub(r"\s+#.*", "", block) for block in re.findall(r"^```\w*\n(.*?)^```", text_of(page), re.M | re.S)]

    assert headings(english) == headings(chinese)
    assert pictures(english) == pictures(chinese)
    assert rows(english) == rows(chinese)
    assert code(english) == code(chinese)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words lead to, and what is left of them. Raises KeyError where there is none."""
    command: click.Command = tongbao
    while isinstance(command, click.Group) and words and not words[0].startswith("-") and words[0].islower():
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            raise KeyError(words[0])
        command, words = found, words[1:]
    return command, words


@NAMED
def test_every_command_of_tongbao_that_a_page_names_exists_with_its_options(page: Path) -> None:
    wrong = []
    for line in lines_of_code(page):
        called = re.search(r"(?:^|[\s/])tongbao ([a-z].*)", line.replace("[", " ").replace("]", " "))
        if called is None or line.lstrip().startswith(("sudo -u postgres", "chown", "useradd", "install ", "#")):
            continue
        first, *others = called[1].split(" · ")
        words = shlex.split(first)
        for given in (words, *([*words[:-1], *shlex.split(other.removeprefix("tongbao "))] for other in others)):
            try:
                command, left = command_of(given)
            except KeyError:
                wrong.append(line)
                continue
            options = {name for option in command.params for name in option.opts}
            wrong += [f"{line}: {word}" for word in left if word.startswith("--") and word not in options]
    assert wrong == []


def rule_exists(app: Flask, path: str, method: str) -> bool:
    try:
        app.url_map.bind("localhost").match(path, method=method)
    except RequestRedirect:
        return True
    except (NotFound, MethodNotAllowed):
        return False
    return True


@pytest.mark.engine("sqlite")
def test_every_page_of_the_product_that_the_docs_name_answers(app: Flask) -> None:
    faces = r"/(?:console|office|member|api|sign-in|healthz|readyz|metrics|internal)\b[\w/.<>-]*"
    wrong = []
    for page in PAGES:
        for span in re.findall(rf"`({faces})`", prose_of(page)):
            path = re.sub(r"<\w+>", "x", span)
            known = any(rule_exists(app, path, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE"))
            below = any(rule.rule.startswith(path.rstrip("/") + "/") for rule in app.url_map.iter_rules())
            if not (known or below or "/x/" in span):
                wrong.append(f"{page.name}: {span}")
    assert wrong == []


@NAMED
def test_every_setting_that_a_page_names_is_read_somewhere(page: Path) -> None:
    read = sources() + text_of(ROOT / "Makefile") + text_of(ROOT / "setup.cfg")
    named = set(re.findall(r"\bTONGBAO_[A-Z_]+\b", text_of(page)))
    assert {name for name in named if name not in read} == set()


@NAMED
def test_every_target_of_make_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), flags=re.M))
    assert {name for line in lines_of_code(page) for name in re.findall(r"^make ([a-z-]+)", line)} - targets == set()


@NAMED
def test_every_hook_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`((?:register|contribute)_\w+)", text_of(page)))
    assert named - set(HOOKS) == set()


def labels_of(page: Path) -> set[str]:
    return set(re.findall(r"\*\*([^*]+)\*\*", prose_of(page)))


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.stem)
def test_the_labels_that_a_guide_sends_people_to_are_those_of_the_pages(page: Path) -> None:

    def shown(label: str) -> bool:
        return any(f"{before}{label}{after}" in sources() for before, after in ('""', "''", "}{"))

    assert {label for label in labels_of(page) if not shown(label)} == set()


@pytest.mark.parametrize(
    "page", [pair for _, pair in PAIRS if pair.name.endswith(".zh.md")], ids=lambda page: page.stem
)
def test_the_labels_of_a_chinese_guide_are_those_of_the_catalogue(page: Path) -> None:
    with (ROOT / "core/locale/zh_Hans/LC_MESSAGES/messages.po").open("rb") as file:
        words = {message.string for message in read_po(file)}
    assert labels_of(page) - words == set()


@pytest.mark.parametrize("page", sorted((GUIDES / "integrator").glob("*.md")), ids=lambda page: page.stem)
def test_the_python_of_a_guide_runs_and_leaves_no_method_out(page: Path) -> None:
    for block in blocks_of(page, "python"):
        names: dict[str, Any] = {"__name__": "guide"}
        exec(compile(block, str(page), "exec"), names)
        own = [made for made in names.values() if isinstance(made, type) and made.__module__ == "guide"]
        for made in own:
            instance = made()
            assert not issubclass(made, Provider) or "." in instance.id


def test_the_drawing_of_the_architecture_shows_every_room_on_its_floor() -> None:
    layers = re.search(r"^layers =\n((?:    .*\n)+)", text_of(ROOT / "setup.cfg"), flags=re.M)
    assert layers is not None
    floors = [set(re.split(r"[ |:]+", line.strip())) for line in layers[1].splitlines()]
    drawing = text_of(ROOT / "docs/architecture.md").split("```")[1]
    lines = [set(re.findall(r"[a-z]+", line)) for line in drawing.splitlines()]
    shown = [next((number for number, words in enumerate(lines) if floor <= words), None) for floor in floors[3:]]
    assert None not in shown, list(zip(shown, floors[3:], strict=True))
    assert shown == sorted(shown, key=lambda number: number or 0)


def test_decisions_are_numbered_one_after_the_other() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (ROOT / "docs/adr").glob("*.md"):
        assert text_of(path).startswith(f"# {int(path.name[:4])}. "), path.name
