"""Locations, transfers and parcels as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Body, Flag, Moment, Shape, Text, Whole, page_of

LINES_MAX = 200
PIECES_MAX = 1_000_000


class LocationShape(Shape):
    """A place where goods lie. Orders are served from the lowest priority number that has everything."""

    id = fields.String(required=True)
    name = fields.String()
    address = fields.String()
    priority = fields.Integer()
    active = fields.Boolean()
    on_hand = fields.Integer()
    allocated = fields.Integer()


LocationPageShape = page_of(LocationShape, "Location")


class LocationBody(Body):
    """What a place is called, and when it is served from. `active` false closes one that is empty, and not the last."""

    name = Text(80, least=1, required=True)
    address = Text(300)
    priority = Whole(0, 1000)
    active = Flag()


class TransferLineShape(Shape):
    """So many of a variant; `received` is null until they have arrived."""

    variant_id = fields.String()
    name = fields.String()
    label = fields.String()
    sku = fields.String()
    quantity = fields.Integer()
    received = fields.Integer(attribute="other", allow_none=True)


class TransferShape(Shape):
    """Goods between two places: `draft`, `sent` (they cannot be sold), `received` or `cancelled`."""

    id = fields.String(required=True)
    from_name = fields.String()
    to_name = fields.String()
    state = fields.String()
    note = fields.String()
    created_at = Moment()
    units = fields.Integer()
    received = fields.Integer()
    lines = fields.List(fields.Nested(TransferLineShape))


TransferPageShape = page_of(TransferShape, "Transfer")


class PiecesBody(Body):
    """So many of a variant."""

    variant_id = Text(64, least=1, required=True)
    quantity = Whole(1, PIECES_MAX, required=True)


class NewTransferBody(Body):
    """Goods to be sent; nothing moves before they are."""

    from_location_id = Text(64, least=1, required=True)
    to_location_id = Text(64, least=1, required=True)
    lines = fields.List(fields.Nested(PiecesBody), required=True, validate=validate.Length(1, LINES_MAX))
    note = Text(200)


class ArrivedBody(Body):
    """How many of a variant arrived."""

    variant_id = Text(64, least=1, required=True)
    quantity = Whole(0, PIECES_MAX, required=True)


class ReceivedBody(Body):
    """What arrived; variants left out arrived in full. What is missing is lost on the way."""

    lines = fields.List(fields.Nested(ArrivedBody), validate=validate.Length(max=LINES_MAX))


class OrderPiecesBody(Body):
    """So many of an order's line."""

    line_id = Text(64, least=1, required=True)
    quantity = Whole(1, 9999, required=True)


class PackBody(Body):
    """What goes into the parcel: so many of each line (all that is left, without `lines`), taken from one place."""

    lines = fields.List(fields.Nested(OrderPiecesBody), validate=validate.Length(1, LINES_MAX))
    location_id = Text(64, least=1)


class TakeOutBody(Body):
    """Pieces that leave the order; the buyer reads the reason. Their share of delivery and fees goes back with them
    unless `with_delivery` is false."""

    lines = fields.List(fields.Nested(OrderPiecesBody), required=True, validate=validate.Length(1, LINES_MAX))
    reason = Text(300, least=1, required=True)
    with_delivery = Flag()
