"""Translation marks that every floor may use; English is the source language."""

from flask_babel import gettext, lazy_gettext, lazy_pgettext, ngettext, pgettext

__all__ = ["LOCALES", "gettext", "lazy_gettext", "lazy_pgettext", "nearest_locale", "ngettext", "pgettext"]

LOCALES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


def nearest_locale(tag: str | None) -> str | None:
    """Map any language tag (`zh-TW`, `zh_CN`, `en-GB`) to one of LOCALES; None when the language is another."""
    if not tag:
        return None
    parts = tag.replace("-", "_").lower().split("_")
    if parts[0] == "zh":
        return "zh_Hant" if _TRADITIONAL & set(parts[1:]) else "zh_Hans"
    return "en" if parts[0] == "en" else None
