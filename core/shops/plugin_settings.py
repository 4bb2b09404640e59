"""A merchant's settings of a plugin: checked by the plugin's schema, secrets encrypted, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, missing
from sqlalchemy import select, tuple_

from core.base.crypto import CannotDecrypt, decrypt, encrypt, encrypted_anew, under_newest_key
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.shops.models import PluginChoice

_SEALED = "sealed:"


def secret_names(schema: type[Schema] | None) -> frozenset[str]:
    """The settings that are stored encrypted and never shown again."""
    if schema is None:
        return frozenset()
    return frozenset(name for name, field in schema().fields.items() if field.metadata.get("secret"))


def default_settings(schema: type[Schema] | None) -> dict[str, Any]:
    """What a merchant who never opened the form has."""
    found: dict[str, Any] = {}
    for name, field in (schema().fields if schema else {}).items():
        default = field.load_default
        if default is not missing:
            found[field.attribute or name] = default() if callable(default) else default
    return found


def effective_settings(schema: type[Schema] | None, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings over the defaults, secrets in clear. What does not fit the schema any more is left out."""
    if schema is None:
        return {}
    clear = opened(stored)
    try:
        loaded = schema().load(clear, unknown=EXCLUDE)
    except ValidationError as error:
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    return default_settings(schema) | dict(loaded)


def opened(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings with their secrets in clear; a secret that cannot be read any more is left out."""
    clear: dict[str, Any] = {}
    for name, value in stored.items():
        if isinstance(value, str) and value.startswith(_SEALED):
            try:
                clear[name] = decrypt(value.removeprefix(_SEALED))
            except CannotDecrypt:
                continue
        else:
            clear[name] = value
    return clear


def checked_settings(
    schema: type[Schema] | None,
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
) -> dict[str, Any]:
    """What a merchant typed, ready for storage. A secret left empty stays as it was. Raises Invalid with `fields`."""
    if schema is None:
        if given:
            raise Invalid(_l("This plugin has no settings."))
        return {}
    secrets = secret_names(schema)
    wanted = dict(given)
    before = opened(stored)
    for name in secrets:
        if not wanted.get(name) and name in before:
            wanted[name] = before[name]
    for name, field in schema().fields.items():
        if field.metadata.get("elsewhere") and name not in wanted and name in before:
            wanted[name] = before[name]
    form = schema()
    try:
        loaded = form.load(wanted)
    except ValidationError as error:
        fields = error.messages if isinstance(error.messages, dict) else {"settings": error.messages}
        raise Invalid(_l("Please correct the marked settings."), fields=fields) from None
    plain: dict[str, Any] = dict(form.dump(loaded))
    for name in secrets & plain.keys():
        if isinstance(plain[name], str) and plain[name]:
            plain[name] = _SEALED + encrypt(plain[name])
    return plain


@transactional
def renew_secrets(after: str, limit: int) -> tuple[str, int]:
    """Bring the secrets in merchants' settings under the newest key (EncryptedRows says what is asked and given)."""
    merchant_id, _bar, plugin_id = after.partition("|")
    rows = db.session.scalars(
        select(PluginChoice)
        .where(tuple_(PluginChoice.merchant_id, PluginChoice.plugin_id) > (merchant_id, plugin_id))
        .order_by(PluginChoice.merchant_id, PluginChoice.plugin_id)
        .limit(limit)
        .with_for_update()
    ).all()
    for row in rows:
        row.settings = {name: _anew(value) for name, value in row.settings.items()}
    return (f"{rows[-1].merchant_id}|{rows[-1].plugin_id}" if rows else after), len(rows)


def _anew(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(_SEALED)):
        return value
    sealed = value.removeprefix(_SEALED)
    return value if under_newest_key(sealed) else _SEALED + encrypted_anew(sealed)
