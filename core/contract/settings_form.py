"""A plugin's settings schema as the fields of a form, and a posted form as what the schema loads.

Field metadata: `label`, `help`, `secret` (never shown again, empty keeps it), `money` (an Integer of minor units, typed
as an amount of the merchant's currency), `elsewhere` (set on a page of the plugin's own: not in this form, and kept
when it is saved), `multiline`, `choices` ({value: label}; by default those of OneOf).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import Schema, fields, missing, validate

from core.base.i18n import lazy_gettext as _l
from core.base.money import Money, MoneyError, minor_digits, parse_minor

Kind = Literal["text", "textarea", "password", "number", "money", "checkbox", "select", "checkboxes", "email", "url"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as a template shows it. `value` is text, a bool (checkbox) or a list of texts (checkboxes)."""

    name: str
    kind: Kind
    label: Any
    help: Any
    value: Any
    required: bool
    secret: bool
    has_secret: bool
    """A secret is stored already; leaving the field empty keeps it."""
    choices: tuple[tuple[str, Any], ...]
    attributes: Mapping[str, str]
    """HTML attributes that help while typing: min, max, minlength, maxlength, step, inputmode."""
    errors: tuple[str, ...]


def form_fields(
    schema: type[Schema] | None,
    values: Mapping[str, Any],
    *,
    currency: str,
    errors: Mapping[str, Any] | None = None,
    posted: Mapping[str, Any] | None = None,
) -> list[FormField]:
    """The fields of a settings form, in the schema's order.

    `values` are the effective settings (defaults filled in); `posted` is what the person typed just now, shown again
    when `errors` (messages by field, as marshmallow gives them) send the form back. Secrets are never in `value`.
    """
    if schema is None:
        return []
    return [
        _form_field(name, field, values, currency, (errors or {}).get(name), posted)
        for name, field in schema().fields.items()
        if not (field.dump_only or field.metadata.get("elsewhere"))
    ]


def read_form(schema: type[Schema], posted: Mapping[str, Any], *, currency: str) -> dict[str, Any]:
    """What a form posted, as the schema's `load` takes it; a werkzeug MultiDict or a plain mapping.

    Unticked boxes become False, unticked lists empty, amounts minor units; an empty field that is not required is left
    out, so that the default holds. Nothing is checked here: what cannot be read is handed on for the schema to refuse.
    """
    data: dict[str, Any] = {}
    for name, field in schema().fields.items():
        if field.dump_only or field.metadata.get("elsewhere"):
            continue
        kind = _kind(field)
        if kind == "checkbox":
            data[name] = name in posted
        elif kind == "checkboxes":
            data[name] = _all(posted, name)
        else:
            text = str(posted.get(name, "")).strip()
            if text or (field.required and not field.metadata.get("secret")):
                data[name] = _minor(text, currency) if kind == "money" else text
    return data


def _form_field(
    name: str,
    field: fields.Field[Any],
    values: Mapping[str, Any],
    currency: str,
    error: Any,
    posted: Mapping[str, Any] | None,
) -> FormField:
    kind = _kind(field)
    secret = bool(field.metadata.get("secret"))
    stored = values.get(field.attribute or name, _default(field))
    return FormField(
        name=name,
        kind=kind,
        label=field.metadata.get("label") or name.replace("_", " ").capitalize(),
        help=field.metadata.get("help", ""),
        value="" if secret else _shown(kind, name, field, stored, posted, currency),
        required=field.required and not (secret and stored),
        secret=secret,
        has_secret=secret and bool(stored),
        choices=_choices(field),
        attributes=_attributes(kind, field, currency),
        errors=tuple(_flat(error)),
    )


def _default(field: fields.Field[Any]) -> Any:
    default = None if field.load_default is missing else field.load_default
    return default() if callable(default) else default


def _kind(field: fields.Field[Any]) -> Kind:
    if field.metadata.get("secret"):
        return "password"
    if isinstance(field, fields.Boolean):
        return "checkbox"
    if isinstance(field, fields.List):
        return "checkboxes"
    if field.metadata.get("money"):
        return "money"
    if _choices(field):
        return "select"
    if isinstance(field, fields.Number):
        return "number"
    if isinstance(field, fields.Email):
        return "email"
    if isinstance(field, fields.Url):
        return "url"
    return "textarea" if field.metadata.get("multiline") else "text"


def _choices(field: fields.Field[Any]) -> tuple[tuple[str, Any], ...]:
    inner = field.inner if isinstance(field, fields.List) else field
    labels = field.metadata.get("choices") or inner.metadata.get("choices") or {}
    for validator in [*field.validators, *inner.validators]:
        if isinstance(validator, (validate.OneOf, validate.ContainsOnly)):
            texts = list(validator.labels) + list(validator.choices)[len(list(validator.labels)) :]
            return tuple(
                (str(value), labels.get(value, text)) for value, text in zip(validator.choices, texts, strict=True)
            )
    return tuple((str(value), label) for value, label in labels.items())


def _shown(
    kind: Kind,
    name: str,
    field: fields.Field[Any],
    stored: Any,
    posted: Mapping[str, Any] | None,
    currency: str,
) -> Any:
    if kind == "checkbox":
        return (name in posted) if posted is not None else bool(stored)
    if kind == "checkboxes":
        return _all(posted, name) if posted is not None else [str(value) for value in stored or ()]
    if posted is not None:
        return str(posted.get(name, ""))
    if stored is None:
        return ""
    if kind == "money":
        return str(Money(int(stored), currency).decimal)
    plain = field.serialize(name, {field.attribute or name: stored}, accessor=lambda given, key, default: given[key])
    return "" if plain is None else str(plain)


def _attributes(kind: Kind, field: fields.Field[Any], currency: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if kind == "money":
        return {"inputmode": "decimal" if minor_digits(currency) else "numeric"}
    if kind == "number":
        found = {"step": "1", "inputmode": "numeric"} if isinstance(field, fields.Integer) else {"step": "any"}
    for validator in field.validators:
        if isinstance(validator, validate.Range) and kind == "number":
            found |= {
                key: str(bound) for key, bound in (("min", validator.min), ("max", validator.max)) if bound is not None
            }
        if isinstance(validator, validate.Length) and kind in {"text", "textarea", "password", "email", "url"}:
            bounds = (("minlength", validator.min), ("maxlength", validator.equal or validator.max))
            found |= {key: str(bound) for key, bound in bounds if bound is not None}
    return found


def _minor(text: str, currency: str) -> int | str:
    try:
        return parse_minor(text, currency)
    except MoneyError:
        return text


def _all(posted: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(posted, "getlist", None)
    if getlist is not None:
        return [str(value) for value in getlist(name)]
    given = posted.get(name, ())
    return [str(value) for value in ((given,) if isinstance(given, str) else given)]


def _flat(error: Any) -> Sequence[str]:
    if not error:
        return []
    if isinstance(error, Mapping):
        return [text for part in error.values() for text in _flat(part)]
    if isinstance(error, (list, tuple)):
        return [text for part in error for text in _flat(part)]
    return [str(error)]


NOT_AN_AMOUNT = _l("Write an amount such as 12.50.")
"""Give it as `error_messages={"invalid": NOT_AN_AMOUNT}` of an Integer with metadata `money`."""
