"""`tongbao orders index`: the words by which orders are found, made anew."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core.base.database import db
from core.base.transactions import end_read
from core.orders.models import Order
from core.orders.terms import index_order

AT_ONCE = 500


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [orders]


@click.group()
def orders() -> None:
    """Upkeep of orders."""


@orders.command("index")
@click.option("--merchant", default="", help="Only the orders of this merchant's id.")
@with_appcontext
def index(merchant: str) -> None:
    """Bring the words of all orders to what stands in them; safe to run at any time, and again."""
    done, last = 0, ("", "")
    while True:
        query = select(Order.merchant_id, Order.id).order_by(Order.merchant_id, Order.id).limit(AT_ONCE)
        query = query.where((Order.merchant_id > last[0]) | ((Order.merchant_id == last[0]) & (Order.id > last[1])))
        if merchant:
            query = query.where(Order.merchant_id == merchant)
        rows = db.session.execute(query).all()
        end_read()
        for merchant_id, order_id in rows:
            index_order(merchant_id, order_id)
        done += len(rows)
        if len(rows) < AT_ONCE:
            break
        last = (rows[-1][0], rows[-1][1])
        click.echo(f"{done} orders")
    click.echo(f"{done} orders can be found by their words")
