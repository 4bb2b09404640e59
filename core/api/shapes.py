"""Fields and schemas that all of the API is made of: strict about types, so that the document tells the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate
from webargs.fields import DelimitedList

from core.base.i18n import lazy_gettext as _l
from core.base.money import MAX_MINOR

LIMIT_MAX = 100
LIMIT_DEFAULT = 20
COUNT_MAX = 1_000_000_000
DEPTH_MAX = 12
"""Deeper JSON is refused: nothing that is meant has so many levels."""


def storable(value: Any, depth: int = 0) -> bool:
    """Whether a database can keep every text in some JSON (no NUL, no half characters) and it is not too deep."""
    if depth > DEPTH_MAX:
        return False
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, Mapping):
        return all(storable(key, depth) and storable(inner, depth + 1) for key, inner in value.items())
    if isinstance(value, list):
        return all(storable(inner, depth + 1) for inner in value)
    return True


class Shape(Schema):
    """What goes out. Rows and plain values alike; what is missing is left out."""


class Body(Schema):
    """What comes in as JSON: unknown names are refused, by name."""

    class Meta:
        unknown = RAISE

    @pre_load
    def _refuse_unstorable(self, data: Any, **_kwargs: Any) -> Any:
        if not storable(data):
            raise ValidationError(str(_l("A text holds a character that cannot be kept, or the JSON is too deep.")))
        return data


class Text(fields.String):
    """A text: nothing else is taken for one."""

    def __init__(self, most: int = 2000, *, least: int = 0, **kwargs: Any) -> None:
        checks = kwargs.pop("validate", None)
        given = [] if checks is None else checks if isinstance(checks, list) else [checks]
        super().__init__(validate=[validate.Length(min=least, max=most), *given], **kwargs)


class Whole(fields.Integer):
    """A whole number: no text, no fraction, no boolean is taken for one."""

    def __init__(self, least: int = 0, most: int = COUNT_MAX, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        # A JSON number like 12.0 is a whole number, too: JSON Schema says so.
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 2**53)
        if isinstance(value, bool) or not whole:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), attr, data, **kwargs)


class Amount(Whole):
    """An amount in minor units of the shop's currency."""

    def __init__(self, least: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"description": "Minor units of the shop's currency (1250 is 12.50 CNY)."})
        super().__init__(least, MAX_MINOR, **kwargs)


class Flag(fields.Boolean):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Choice(fields.String):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)


class Moment(fields.DateTime):
    """A moment in UTC (`2026-11-30T12:00:00Z`), on the way out and in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        found = super()._deserialize(value, attr, data, **kwargs)
        if found.tzinfo is None or not 1970 <= found.year <= 9000:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return found


class Texts(fields.List[str]):
    """A list of texts."""

    def __init__(self, most: int = 255, *, count: int = 100, **kwargs: Any) -> None:
        super().__init__(Text(most), validate=validate.Length(max=count), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Plain(fields.Dict):
    """Any JSON object."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(), **kwargs)


class Listed(Schema):
    """What every list takes."""

    limit = fields.Integer(
        load_default=LIMIT_DEFAULT,
        validate=validate.Range(1, LIMIT_MAX),
        metadata={"description": "How many at most."},
    )
    cursor = fields.String(
        validate=validate.Length(min=1, max=600),
        metadata={"description": "Where to go on: the `next_cursor` of the page before. Not to be made up."},
    )


class ProblemShape(Schema):
    """What went wrong (RFC 9457). `code` is stable; `detail` is for people."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    fields_ = fields.Dict(
        data_key="fields",
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "What is wrong with each field of the request."},
    )


def page_of(shape: type[Schema], name: str) -> type[Schema]:
    """The schema of a page of such objects."""
    made: type[Schema] = type(
        f"{name}Page",
        (Shape,),
        {
            "__doc__": f"A page of {name}.",
            "data": fields.List(fields.Nested(shape), required=True),
            "next_cursor": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Ask for the next page with it; null: the end."},
            ),
        },
    )
    return made


def words_of(names: Iterable[str], description: str) -> fields.Field[Any]:
    """Some of these words with commas between them, as a parameter."""
    one = fields.String(validate=validate.OneOf(sorted(names)))
    return DelimitedList(one, validate=validate.Length(min=1), metadata={"description": description})


def query_of(base: type[Schema] | None, shown: Iterable[str], expands: Iterable[str]) -> type[Schema] | None:
    """What an operation takes in its address: its own parameters, the fields to show and what to bring along."""
    extra: dict[str, Any] = {}
    if names := list(shown):
        extra["fields_"] = words_of(names, "Only these fields of each object, with commas.")
        extra["fields_"].data_key = "fields"
    if names := list(expands):
        extra["expand"] = words_of(names, "What to bring along, with commas.")
    if not extra:
        return base
    return type(base.__name__ if base else "Query", (base or Schema,), extra)
