"""Reads the forms of a page as a browser does: where they go, and what each field holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"text", "search", "email", "tel", "url", "number", "password", "date", "datetime-local", "time", "color", ""}


@dataclass
class Form:
    """A form: its action and method, what a browser would send of it as it stands, and what people can change."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    typed: set[str] = field(default_factory=set)
    chosen: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    button: tuple[str, str] | None = None

    def sent(self, **changes: str) -> list[tuple[str, str]]:
        """What is sent when some fields are changed."""
        kept = [(name, value) for name, value in self.values if name not in changes]
        return [*kept, *changes.items(), *([self.button] if self.button else [])]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None or "disabled" in told:
            return
        name = told.get("name", "")
        if tag == "input" and name:
            self._input(name, told)
        elif tag == "select" and name:
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((told.get("value", ""), "selected" in told))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""
        elif tag == "button" and name and self._form.button is None:
            self._form.button = (name, told.get("value", ""))

    def _input(self, name: str, told: dict[str, str]) -> None:
        assert self._form is not None
        kind = told.get("type", "").lower()
        if kind in ("checkbox", "radio"):
            self._form.chosen.add(name)
            if "checked" in told:
                self._form.values.append((name, told.get("value", "on")))
        elif kind == "file":
            self._form.files.add(name)
        elif kind not in ("submit", "button", "image", "reset"):
            self._form.values.append((name, told.get("value", "")))
            if kind in TYPED:
                self._form.typed.add(name)

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select and self._form:
            value = next((value for value, is_chosen in self._options if is_chosen), None)
            if value is None and self._options:
                value = self._options[0][0]
            self._form.values.append((self._select, value or ""))
            self._form.chosen.add(self._select)
            self._select = None
        elif tag == "textarea" and self._area and self._form:
            self._form.values.append((self._area, self._text))
            self._form.typed.add(self._area)
            self._area = None


def forms_of(html: str) -> list[Form]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
