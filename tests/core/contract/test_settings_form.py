from __future__ import annotations

import pytest
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from core.contract.settings_form import FormField, form_fields, read_form


class Settings(Schema):
    price_minor = fields.Integer(
        required=True, validate=validate.Range(min=0), metadata={"label": "Price", "money": True}
    )
    length = fields.Integer(load_default=120, validate=validate.Range(min=1, max=500), metadata={"help": "Letters"})
    open_on_sunday = fields.Boolean(load_default=True)
    paper = fields.String(load_default="red", validate=validate.OneOf(["red", "gold"], labels=["Red", "Gold"]))
    days = fields.List(fields.String(validate=validate.OneOf(["mon", "tue"])), load_default=list)
    api_key = fields.String(required=True, metadata={"secret": True})
    contact = fields.Email(load_default="")
    words = fields.String(validate=validate.Length(max=50), metadata={"multiline": True})


VALUES = {"price_minor": 1250, "length": 80, "open_on_sunday": False, "api_key": "s3cret", "days": ["tue"]}


def by_name(**options) -> dict[str, FormField]:
    return {field.name: field for field in form_fields(Settings, VALUES, currency="CNY", **options)}


def test_every_setting_becomes_a_field_of_its_kind_in_the_schemas_order() -> None:
    shown = by_name()
    assert [(field.name, field.kind) for field in shown.values()] == [
        ("price_minor", "money"),
        ("length", "number"),
        ("open_on_sunday", "checkbox"),
        ("paper", "select"),
        ("days", "checkboxes"),
        ("api_key", "password"),
        ("contact", "email"),
        ("words", "textarea"),
    ]
    assert form_fields(None, {}, currency="CNY") == []


def test_stored_values_are_shown_as_people_write_them() -> None:
    shown = by_name()
    assert shown["price_minor"].value == "12.50"
    assert shown["length"].value == "80"
    assert shown["open_on_sunday"].value is False
    assert shown["paper"].value == "red"
    assert shown["days"].value == ["tue"]
    assert shown["paper"].choices == (("red", "Red"), ("gold", "Gold"))
    assert shown["days"].choices == (("mon", "mon"), ("tue", "tue"))
    assert shown["words"].value == ""


def test_labels_help_and_limits_come_from_the_schema() -> None:
    shown = by_name()
    assert (shown["price_minor"].label, shown["price_minor"].required) == ("Price", True)
    assert (shown["length"].label, shown["length"].help) == ("Length", "Letters")
    assert shown["length"].attributes == {"step": "1", "inputmode": "numeric", "min": "1", "max": "500"}
    assert shown["words"].attributes == {"maxlength": "50"}


def test_a_secret_is_never_shown_again_and_need_not_be_typed_again() -> None:
    key = by_name(posted={"api_key": "typed"})["api_key"]
    assert (key.value, key.secret, key.has_secret, key.required) == ("", True, True, False)
    assert "s3cret" not in repr(by_name())
    fresh = next(field for field in form_fields(Settings, {}, currency="CNY") if field.secret)
    assert (fresh.has_secret, fresh.required) == (False, True)


def test_a_posted_form_is_read_as_the_schema_takes_it() -> None:
    form = MultiDict([("price_minor", "9.90"), ("days", "mon"), ("days", "tue"), ("paper", "gold"), ("length", "")])
    data = read_form(Settings, form, currency="CNY")
    assert data == {"price_minor": 990, "open_on_sunday": False, "paper": "gold", "days": ["mon", "tue"]}


def test_errors_and_what_was_typed_come_back_to_their_fields() -> None:
    posted = {"price_minor": "a lot", "length": "1000"}
    with pytest.raises(ValidationError) as caught:
        Settings().load(read_form(Settings, posted, currency="CNY"))
    shown = by_name(errors=caught.value.messages, posted=posted)
    assert shown["price_minor"].errors == ("Not a valid integer.",)
    assert shown["price_minor"].value == "a lot"
    assert shown["length"].errors != ()
    assert shown["paper"].errors == ()


def test_amounts_follow_the_digits_of_the_currency() -> None:
    (field, *_) = form_fields(Settings, {"price_minor": 500}, currency="JPY")
    assert (field.value, field.attributes) == ("500", {"inputmode": "numeric"})
    assert read_form(Settings, {"price_minor": "500"}, currency="JPY")["price_minor"] == 500
    assert read_form(Settings, {"price_minor": "5.5"}, currency="JPY")["price_minor"] == "5.5"
