from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from core.contract.translations import check_catalogues, compile_catalogues, folder_of, update_catalogues

CODE = """
from core.sdk import gettext as _, lazy_gettext as _l, ngettext, pgettext
LABEL = _l("Wrapping")
def words(count):
    return [_("For %(name)s", name="Mei"), ngettext("%(num)s card", "%(num)s cards", count), pgettext("paper", "Red")]
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("<h1>{{ _('Gift wrap') }}</h1>")
    (tmp_path / "service.py").write_text(CODE)
    return tmp_path


def catalogue(package: Path, locale: str = "zh_Hans") -> Path:
    return package / "locale" / locale / "LC_MESSAGES" / "messages.po"


def translate(path: Path, **words: str) -> None:
    text = path.read_text()
    for message, translation in words.items():
        words_there = message.replace("_", " ")
        wanted = f'msgid "{words_there}"\nmsgstr "'
        text = text.replace(f'{wanted}"', f'{wanted}{translation}"')
    path.write_text(text)


def test_the_words_of_code_and_templates_go_into_a_catalogue_for_each_language(package: Path) -> None:
    assert [path.parts[-3] for path in update_catalogues(package)] == ["zh_Hans", "zh_Hant"]
    text = catalogue(package).read_text()
    for message in ("Wrapping", "For %(name)s", "%(num)s cards", "Red", "Gift wrap"):
        assert f'"{message}"' in text


def test_what_is_not_translated_is_named(package: Path) -> None:
    assert any("there is no catalogue" in line for line in check_catalogues(package))
    update_catalogues(package)
    translate(catalogue(package), Wrapping="包装")
    found = [line.partition(": ")[2] for line in check_catalogues(package) if "zh_Hans" in line]
    assert "'Gift wrap' is not translated" in found
    assert "'Wrapping' is not translated" not in found
    assert len(found) == 4


def test_a_translation_that_lost_its_placeholder_is_named(package: Path) -> None:
    update_catalogues(package)
    path = catalogue(package)
    path.write_text(
        path.read_text().replace('msgid "For %(name)s"\nmsgstr ""', 'msgid "For %(name)s"\nmsgstr "%(nom)s"')
    )
    assert any("For %(name)s" in line and "nom" in line for line in check_catalogues(package))


def test_a_percent_sign_that_would_break_a_page_is_named(package: Path) -> None:
    update_catalogues(package)
    translate(catalogue(package), Wrapping="包装（%）")
    assert any("'Wrapping': a bare %" in line for line in check_catalogues(package))
    translate(catalogue(package, "zh_Hant"), Wrapping="包裝 100%%")
    assert not any("zh_Hant" in line and "bare" in line for line in check_catalogues(package))


def test_a_translation_of_what_is_gone_is_named(package: Path) -> None:
    update_catalogues(package)
    (package / "templates" / "page.html").write_text("<h1>{{ _('Cards') }}</h1>")
    assert any("'Gift wrap' is not used any more" in line for line in check_catalogues(package))


def test_an_update_keeps_translations_and_drops_what_is_gone(package: Path) -> None:
    update_catalogues(package)
    translate(catalogue(package), Wrapping="包装", Gift_wrap="礼品包装")
    (package / "templates" / "page.html").write_text("<h1>{{ _('Cards') }}</h1>")
    update_catalogues(package)
    text = catalogue(package).read_text()
    assert "包装" in text
    assert "Gift wrap" not in text
    assert "Cards" in text


def test_a_catalogue_is_compiled_when_it_changed(package: Path) -> None:
    update_catalogues(package)
    translate(catalogue(package), Wrapping="包装")
    (target, _) = compile_catalogues([package])
    with target.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Wrapping") == "包装"
    assert compile_catalogues([package]) == []
    later = target.stat().st_mtime + 10
    os.utime(catalogue(package), (later, later))
    assert compile_catalogues([package]) == [target]


def test_a_package_without_words_needs_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text("ANSWER = 42\n")
    assert update_catalogues(tmp_path) == list(check_catalogues(tmp_path)) == []
    with pytest.raises(ValueError, match="not a package"):
        folder_of("core.cli")
