"""The shop itself, money, domains, plugins, the team and files as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Amount, Body, Choice, Flag, Listed, Moment, Plain, Shape, Text, Texts, Whole, page_of
from core.shops.trading import ADDRESSES_MAX, COMPANY, DAYS, GRAMS

LOCALES = ("en", "zh_Hans", "zh_Hant")


class ShopShape(Shape):
    """The shop and its rules. Rates are parts per million: 130000 is 13 %."""

    merchant_id = fields.String()
    slug = fields.String()
    name = fields.String()
    tagline = fields.String()
    about = fields.String()
    contact_email = fields.String()
    currency = fields.String()
    locale = fields.String()
    theme = fields.Dict(keys=fields.String())
    tax_ppm = fields.Integer()
    prices_include_tax = fields.Boolean()
    auto_release_days = fields.Integer()
    payment_minutes = fields.Integer()
    fee_ppm = fields.Integer()
    open = fields.Boolean()
    order_prefix = fields.String()
    time_zone = fields.String()
    weight_unit = fields.String()
    return_days = fields.Integer(metadata={"description": "In which buyers may send goods back; 0: never."})
    pay_link_days = fields.Integer(metadata={"description": "In which an order made by staff can be paid."})
    company_asked = fields.String(metadata={"description": "Empty, optional or required."})
    tax_id_asked = fields.Boolean()
    phone_needed = fields.Boolean()
    note_asked = fields.Boolean()
    terms_required = fields.Boolean()
    terms_link = fields.String()
    notices = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "To whom each notice is written: order_paid, refund_requested, payout_failed."},
    )
    primary_host = fields.String()


class NoticesBody(Body):
    """To whom notices are written; one that is left out is written to nobody."""

    order_paid = Texts(254, count=ADDRESSES_MAX, load_default=[])
    refund_requested = Texts(254, count=ADDRESSES_MAX, load_default=[])
    payout_failed = Texts(254, count=ADDRESSES_MAX, load_default=[])


class ShopBody(Body):
    """What changes of the shop; what is left out stays."""

    name = Text(120, least=1)
    tagline = Text(200)
    about = Text(5000)
    contact_email = Text(254)
    locale = Choice(LOCALES)
    tax_ppm = Whole(0, 1_000_000)
    prices_include_tax = Flag()
    auto_release_days = Whole(1, 90)
    payment_minutes = Whole(5, 1440)
    open = Flag()
    order_prefix = Text(4)
    time_zone = Text(64)
    weight_unit = Choice(tuple(GRAMS))
    return_days = Whole(*DAYS["return_days"])
    pay_link_days = Whole(*DAYS["pay_link_days"])
    company_asked = Choice(COMPANY)
    tax_id_asked = Flag()
    phone_needed = Flag()
    note_asked = Flag()
    terms_required = Flag()
    terms_link = Text(300)
    notices = fields.Nested(NoticesBody)


class BalanceShape(Shape):
    """Where the merchant's money stands."""

    currency = fields.String()
    escrow_minor = fields.Integer()
    available_minor = fields.Integer()
    on_its_way_minor = fields.Integer()


class StatementShape(Shape):
    """One line of the statement, with the balance after it."""

    entry_id = fields.Integer()
    transfer_id = fields.String()
    kind = fields.String()
    reference = fields.String()
    memo = fields.String()
    amount_minor = fields.Integer()
    balance_minor = fields.Integer()
    occurred_at = Moment()


StatementPageShape = page_of(StatementShape, "Statement")


class BankAccountShape(Shape):
    """Where withdrawals go; the number is never shown again."""

    id = fields.String()
    holder = fields.String()
    bank_name = fields.String()
    bank_code = fields.String()
    masked = fields.String()
    is_primary = fields.Boolean()
    created_at = Moment()


BankAccountPageShape = page_of(BankAccountShape, "BankAccount")


class BankAccountBody(Body):
    """A bank account for withdrawals."""

    holder = Text(120, least=1, required=True)
    bank_name = Text(120, required=True)
    bank_code = Text(40)
    number = Text(60, least=6, required=True)


class PayoutShape(Shape):
    """A withdrawal to a bank account."""

    id = fields.String()
    bank_account_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    state = fields.String()
    message = fields.String()
    created_at = Moment()
    settled_at = Moment(allow_none=True)


PayoutPageShape = page_of(PayoutShape, "Payout")


class PayoutBody(Body):
    """How much goes where."""

    bank_account_id = Text(40, least=1, required=True)
    amount_minor = Amount(1, required=True)


class ScheduleShape(Shape):
    """Withdrawals that are made by themselves."""

    active = fields.Boolean()
    bank_account_id = fields.String()
    every = fields.String(metadata={"description": "`day`, or `week` (on Mondays)."})
    least_minor = fields.Integer()
    keep_minor = fields.Integer()
    next_at = Moment()
    stopped_because = fields.String()


class ScheduleBody(Body):
    """When it is withdrawn by itself, where to, from which amount on, and how much stays."""

    bank_account_id = Text(40, least=1, required=True)
    every = Choice(("day", "week"), required=True)
    least_minor = Amount(1, required=True)
    keep_minor = Amount(0, load_default=0)


class StatementQuery(Listed):
    """How the statement is narrowed."""

    kind = fields.String(validate=validate.Length(max=60))
    direction = fields.String(validate=validate.OneOf(("in", "out")))


class DaysQuery(Listed):
    """The days that are told, both included, in the shop's time zone; without any, the last thirty."""

    since = fields.Date(data_key="from")
    until = fields.Date(data_key="to")


class DayShape(Shape):
    """What one day came to. Sales stand on the day they were paid for, refunds on the day they went out."""

    day = fields.Date()
    placed = fields.Integer()
    orders = fields.Integer(metadata={"description": "Orders that were paid for."})
    sales_minor = fields.Integer()
    refunds = fields.Integer()
    refunded_minor = fields.Integer()
    visits = fields.Integer(metadata={"description": "Near enough, not exact."})
    carts = fields.Integer()
    checkouts = fields.Integer()


DayPageShape = page_of(DayShape, "Day")


class EscrowShape(Shape):
    """What is held for an order, and when it is released (empty: it waits for shipping or for an answer)."""

    order_id = fields.String()
    code = fields.String()
    state = fields.String()
    held_minor = fields.Integer()
    fee_minor = fields.Integer()
    release_at = Moment(allow_none=True)
    asked_back = fields.Boolean()


EscrowPageShape = page_of(EscrowShape, "Escrow")


class DomainShape(Shape):
    """A host name that the merchant claims, with how to prove it."""

    id = fields.String()
    host = fields.String()
    proven_at = Moment(allow_none=True)
    is_primary = fields.Boolean()
    proof_txt_name = fields.String()
    proof_txt_value = fields.String()
    created_at = Moment()


DomainPageShape = page_of(DomainShape, "Domain")


class DomainBody(Body):
    """A host name."""

    host = Text(253, least=1, required=True)


class PluginShape(Shape):
    """A plugin of this installation, and what the merchant chose. Secrets are not shown."""

    id = fields.String()
    name = fields.String()
    summary = fields.String()
    version = fields.String()
    enabled = fields.Boolean()
    settings = fields.Dict(keys=fields.String())


PluginPageShape = page_of(PluginShape, "Plugin")


class PluginBody(Body):
    """On or off; settings as the plugin's own schema has them (a secret that is left out stays)."""

    enabled = Flag(required=True)
    settings = Plain()


class PluginCallsShape(Shape):
    """How calls of a plugin went; times in seconds, empty without calls."""

    call = fields.String()
    total = fields.Integer()
    refused = fields.Integer(metadata={"description": "Answers that were a no, as of a card without money."})
    failed = fields.Integer(metadata={"description": "Calls without an answer: faults, timeouts, lost ones."})
    p50_seconds = fields.Float(allow_none=True)
    p95_seconds = fields.Float(allow_none=True)
    message = fields.String(metadata={"description": "What the last fault said."})


class PluginHealthShape(Shape):
    """How a plugin has fared for this merchant in the last day."""

    state = fields.String(metadata={"description": "closed (works), or open (left alone for a while)."})
    calls = fields.List(fields.Nested(PluginCallsShape))


class PluginCheckShape(Shape):
    """What the plugin found when it was asked whether what is set up works."""

    found = fields.String()


class MemberShape(Shape):
    """Somebody who may act for the merchant."""

    person_id = fields.String()
    name = fields.String()
    email = fields.String()
    role = fields.String()
    since = Moment()


MemberPageShape = page_of(MemberShape, "Member")


class NewMemberBody(Body):
    """Who joins, in which role."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    role = Text(60, least=1, required=True)


class RoleBody(Body):
    """Another role."""

    role = Text(60, least=1, required=True)


class JoinedShape(Shape):
    """Somebody with an account joined at once; for anybody else the link by which they join within three days."""

    person_id = fields.String(required=True, allow_none=True)
    invitation_url = fields.String(required=True, allow_none=True)


class TaskShape(Shape):
    """Long work: waiting, running, done or failed."""

    id = fields.String()
    state = fields.String()
    done = fields.Integer()
    total = fields.Integer()
    result = fields.Dict(keys=fields.String(), allow_none=True)
    error = fields.String(allow_none=True)
    created_at = Moment()
    finished_at = Moment(allow_none=True)


class ExportBody(Body):
    """Which list, in which format, narrowed how."""

    list_name = Text(80, least=1, required=True, data_key="list")
    format = Choice(("csv", "csv-bom", "xlsx"), required=True)
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(max=60)), values=fields.String(validate=validate.Length(max=200))
    )


class ExportShape(Shape):
    """A list as a file; once `ready` it can be fetched until it expires."""

    id = fields.String()
    list_name = fields.String(data_key="list")
    format = fields.String()
    file_name = fields.String()
    ready = fields.Boolean()
    rows = fields.Integer()
    bytes = fields.Integer()
    created_at = Moment()
    expires_at = Moment()
