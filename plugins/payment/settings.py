"""What a merchant may set: nothing at all (the platform's bank account is used), or a connection of its own."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from core.sdk import lazy_gettext as _
from plugins.payment.bank.protocol import SigningKey
from plugins.payment.connection import parse_bank_keys

OWN_CONNECTION = ("bank_url", "account_number", "account_name", "key_id", "private_key", "bank_keys")


class UrlOrNothing(fields.Url):
    """An address that may be left empty."""

    def _validate(self, value: Any) -> None:
        if value:
            super()._validate(value)


class PaymentSettings(Schema):
    """A merchant's settings. The six fields of an own connection are all filled in, or none is."""

    bank_url = UrlOrNothing(
        load_default="",
        schemes={"http", "https"},
        require_tld=False,
        metadata={
            "label": _("Address of the bank"),
            "help": _("Leave this and all that follows empty to use the platform's bank account."),
        },
    )
    account_number = fields.String(
        load_default="", validate=validate.Length(max=34), metadata={"label": _("Account number")}
    )
    account_name = fields.String(
        load_default="", validate=validate.Length(max=120), metadata={"label": _("Account holder")}
    )
    key_id = fields.String(
        load_default="",
        validate=validate.Length(max=80),
        metadata={"label": _("Id of our key"), "help": _("The name under which the bank knows our key.")},
    )
    private_key = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": _("Our private key"), "secret": True, "help": _("Ed25519, in base64.")},
    )
    bank_keys = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={
            "label": _("The bank's public keys"),
            "help": _("One on each line: its id, a space, and the key in base64."),
            "multiline": True,
        },
    )

    @validates_schema
    def whole_or_empty(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Half a connection cannot work."""
        if not _typed(data):
            return
        given = {name for name in OWN_CONNECTION if data.get(name)}
        missing = {name: [_("Fill this in as well.")] for name in OWN_CONNECTION if name not in given}
        if missing:
            raise ValidationError({name: [str(text) for text in texts] for name, texts in missing.items()})
        try:
            SigningKey.from_text(data["key_id"], data["private_key"])
        except ValueError:
            raise ValidationError({"private_key": [str(_("This is not an Ed25519 key in base64."))]}) from None
        try:
            parse_bank_keys(data["bank_keys"])
        except ValueError:
            raise ValidationError({"bank_keys": [str(_("Write one key on each line."))]}) from None

    @post_load
    def forget_the_key_of_no_connection(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """A secret that is left empty stays as it was; with the connection gone it goes too."""
        return data if _typed(data) else data | {"private_key": ""}


def _typed(data: dict[str, Any]) -> bool:
    """Whether a merchant has filled in anything that a form shows."""
    return any(data.get(name) for name in OWN_CONNECTION if name != "private_key")
