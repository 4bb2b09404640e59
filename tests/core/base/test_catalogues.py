from core.base.catalogues import Owner, compile_all, extract, problems, update


def make_owner(tmp_path, code='_("Pay now")\n_("%(count)s left", count=1)\n'):
    (tmp_path / "page.py").write_text(code, "utf-8")
    (tmp_path / "templates").mkdir(exist_ok=True)
    (tmp_path / "templates" / "page.html").write_text(
        '<h1>{{ _("Cart") }}</h1>{% trans %}Thanks{% endtrans %}', "utf-8"
    )
    return Owner("shop", tmp_path)


def translate(owner, locale, **words):
    path = owner.po(locale)
    text = path.read_text("utf-8")
    for word, translation in words.items():
        text = text.replace(f'msgid "{word}"\nmsgstr ""', f'msgid "{word}"\nmsgstr "{translation}"')
    path.write_text(text, "utf-8")


def test_words_are_found_in_code_and_templates(tmp_path):
    found = {message.id for message in extract(make_owner(tmp_path)) if message.id}
    assert found == {"Pay now", "%(count)s left", "Cart", "Thanks"}


def test_what_is_not_translated_is_named_in_each_language(tmp_path):
    owner = make_owner(tmp_path)
    update(owner)
    translate(owner, "zh_Hans", Cart="购物车")
    found = list(problems(owner))
    assert "shop zh_Hans: not translated: 'Cart'" not in found
    assert "shop zh_Hant: not translated: 'Cart'" in found
    assert len(found) == 7


def test_words_that_left_the_code_and_placeholders_that_differ_are_named(tmp_path):
    owner = make_owner(tmp_path)
    update(owner)
    path = owner.po("zh_Hans")
    text = path.read_text("utf-8").replace(
        'msgid "%(count)s left"\nmsgstr ""', 'msgid "%(count)s left"\nmsgstr "剩 %(n)s"'
    )
    path.write_text(text, "utf-8")
    make_owner(tmp_path, code='_("%(count)s left", count=1)\n')
    found = list(problems(owner))
    assert "shop zh_Hans: not in the code any more: 'Pay now'" in found
    assert any("placeholder" in problem or "unknown named" in problem for problem in found)


def test_an_update_keeps_translations_and_guesses_none(tmp_path):
    owner = make_owner(tmp_path)
    update(owner)
    translate(owner, "zh_Hans", Cart="购物车")
    make_owner(tmp_path, code='_("Pay now!")\n')
    update(owner)
    text = owner.po("zh_Hans").read_text("utf-8")
    assert 'msgstr "购物车"' in text
    assert "fuzzy" not in text


def test_a_catalogue_is_compiled_once_until_it_changes(tmp_path):
    owner = make_owner(tmp_path)
    update(owner)
    assert (compile_all(owner), compile_all(owner)) == (2, 0)
