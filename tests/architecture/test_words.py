"""Whatever people read is in every language: catalogues are complete, and no words hide outside of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from core.contract.translations import check_catalogues

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "core", *sorted(path.parent for path in (ROOT / "plugins").rglob("plugin.py"))]
SAMPLES = {"core/web/templates/ui/gallery.html"}
"""Every component with made-up goods: seen only by whoever builds pages."""
TEMPLATES = sorted(
    path
    for folder in ("core", "plugins")
    for path in (ROOT / folder).rglob("templates/**/*.html")
    if path.relative_to(ROOT).as_posix() not in SAMPLES
)
SAME_EVERYWHERE = {"Tongbao", "Tongbao 通寶", "通寶", "SKU", "TXT", "kg", "g", "ms", "CSV", "Shopify", "WooCommerce"}
READ_ATTRIBUTES = {
    "title",
    "alt",
    "aria-label",
    "aria-description",
    "placeholder",
    "data-label",
    "data-confirm",
    "label",
}
MARKS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


class Text(HTMLParser):
    """The words of a page that are neither code nor expressions, with the lines where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "code", "svg"}:
            self._silent += 1
        for name, value in attrs:
            if name in READ_ATTRIBUTES:
                self._note(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "code", "svg"}:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        for piece in re.sub(r'[a-z-]+="[^"<]*"?', " ", text).split("\x00"):
            words = piece.strip(" \n\t.,:;()[]–—·/?!+×…")
            if re.search(r"[^\W\d_]", words) and words not in SAME_EVERYWHERE:
                self.found.append((self.getpos()[0], words))


def markup(source: str) -> str:
    """A template's own HTML: what it computes is a NUL, the words of `trans` blocks and comments are left out."""
    kept: list[str] = []
    tag: list[str] = []
    inside = marked = False
    for _line, kind, value in _ENVIRONMENT.lex(source):
        if kind == "data":
            kept.append("\n" * value.count("\n") if marked else value)
        elif kind in {"block_begin", "variable_begin"}:
            inside, tag = kind == "block_begin", []
            if not inside and not marked:
                kept.append("\x00")
        elif kind == "block_end" and inside:
            name = tag[0] if tag else ""
            marked = name in {"trans", "pluralize"} or (marked and name != "endtrans")
            inside = False
        elif kind == "name":
            tag.append(value)
        if kind not in {"data"}:
            kept.append("\n" * value.count("\n"))
    return "".join(kept)


def bare_text(source: str) -> Iterator[tuple[int, str]]:
    """Words that a template says without marking them."""
    page = Text()
    page.feed(re.sub(r"(</?[a-z]+)\x00", r"\1", markup(source)))
    page.close()
    yield from page.found


def bare_arguments(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Sentences and labels in a template's expressions that are not given to `_()`."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        if re.match(r"[A-Z][a-z]", node.value) and node.value not in SAME_EVERYWHERE:
            yield node.lineno, node.value
        return
    for child in node.iter_child_nodes():
        yield from bare_arguments(child)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_word_is_translated_and_none_is_left_over(package: Path) -> None:
    assert list(check_catalogues(package)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_says_nothing_in_one_language_only(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    found = {*bare_text(source), *bare_arguments(_ENVIRONMENT.parse(source))}
    assert sorted(found) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello {{ name }}</p>",
        "<p>{{ name }} kilos</p>",
        '<img alt="A picture">',
        '<input placeholder="Your name{{ mark }}">',
        "{{ button('Save') }}",
        "{{ button(label=words or 'Save it') }}",
        "{% trans %}Marked{% endtrans %} and not",
    ],
)
def test_bare_words_are_found(source: str) -> None:
    assert [*bare_text(source), *bare_arguments(_ENVIRONMENT.parse(source))]


@pytest.mark.parametrize(
    "source",
    [
        "<p>{% trans n=count %}One {{ n }}{% pluralize %}Many {{ n }}{% endtrans %}</p>",
        "<p title=\"{{ _('Marked') }}\">{{ _('Marked') }} – 12</p>",
        "{# A remark #}<code>text in code</code><script>let words = 'code'</script>",
        "{{ button(_('Save'), 'quiet') }}",
        '<a class="some names" href="/path">Tongbao</a>',
    ],
)
def test_marked_words_are_left_alone(source: str) -> None:
    assert [*bare_text(source), *bare_arguments(_ENVIRONMENT.parse(source))] == []
