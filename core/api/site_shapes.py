"""Pages and menus of the shop, messages and verification as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Body, Choice, Listed, Moment, Plain, Shape, Text, Texts, page_of

BLOCKS_MAX = 60


class PageShape(Shape):
    """A page of the shop. `draft`: something waits to be published; `content` is what it says, with the draft."""

    id = fields.String(required=True)
    slug = fields.String()
    titles = fields.Dict(keys=fields.String())
    shown = fields.Boolean()
    draft = fields.Boolean(attribute="drafted")
    languages = Texts()
    publish_at = Moment(allow_none=True)
    changed_at = Moment()
    content = Plain(metadata={"description": "What it says; in the list it is left out."})


SitePageListShape = page_of(PageShape, "SitePage")


class PageTextBody(Body):
    """What the page says in one language. `blocks` are the pieces of the page, as `content` shows them."""

    title = Text(120, least=1, required=True)
    seo_title = Text(120)
    seo_description = Text(320)
    blocks = fields.List(Plain(), validate=validate.Length(max=BLOCKS_MAX))


class PageTextsBody(Body):
    """The languages of a page; at least one."""

    en = fields.Nested(PageTextBody)
    zh_Hans = fields.Nested(PageTextBody)
    zh_Hant = fields.Nested(PageTextBody)


class PageBody(Body):
    """What a page says: the draft, until it is published."""

    texts = fields.Nested(PageTextsBody, required=True)


class NewPageBody(PageBody):
    """A new page; without `slug` its address is made from the title."""

    slug = Text(60)


class MessageShape(Shape):
    """A message to a person, without what it says."""

    id = fields.String(required=True)
    kind = fields.String()
    medium = fields.String()
    recipient = fields.String()
    locale = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    created_at = Moment()
    ended_at = Moment(allow_none=True)


MessagePageShape = page_of(MessageShape, "Message")


class MessageQuery(Listed):
    """Which messages."""

    state = Choice(("waiting", "sent", "dead"))
    q = fields.String(validate=validate.Length(max=100), metadata={"description": "A part of the address."})


class StepShape(Shape):
    """A step of verification: done, open, draft, checking, waiting, rejected or locked."""

    level = fields.Integer()
    label = fields.String()
    state = fields.String()
    reasons = Texts()


class VerificationShape(Shape):
    """How far the organisation is verified."""

    level = fields.Integer()
    steps = fields.List(fields.Nested(StepShape))
