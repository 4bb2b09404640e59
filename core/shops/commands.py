"""`tongbao shop open`: a merchant's account with its shop, for whoever runs the platform."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.base.i18n import LOCALES
from core.parties.commands import find_or_register
from core.shops.service import open_shop


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [shop]


@click.group()
def shop() -> None:
    """Shops and their merchants."""


@shop.command("open")
@click.argument("slug")
@click.option("--name", required=True, help="What the shop is called.")
@click.option("--owner", required=True, help="E-mail address of its owner; without an account one is made.")
@click.option("--owner-name", default="", help="Full name of an owner who has no account yet.")
@click.option("--currency", default="CNY", show_default=True, help="ISO 4217; it stays.")
@click.option("--locale", type=click.Choice(LOCALES), default="en", show_default=True)
@with_appcontext
def open_(slug: str, name: str, owner: str, owner_name: str, currency: str, locale: str) -> None:
    """Open a shop at SLUG below the platform's name; its owner goes on in the console."""
    person_id = find_or_register(owner, owner_name or owner.partition("@")[0])
    merchant_id = open_shop(slug, name, currency=currency.upper(), owner_person_id=person_id, locale=locale)
    click.echo(f"{name} is open as {slug} ({merchant_id}); {owner} goes on at /console/")
