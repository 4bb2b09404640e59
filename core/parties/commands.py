"""`tongbao staff`: the first of the platform's people, before anybody can sign in to let others in."""

from __future__ import annotations

import os

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core.base.database import db
from core.base.transactions import end_read
from core.parties.models import Person
from core.parties.service import checked_email, register_member
from core.parties.staff import STAFF_ROLES, set_staff_role

PASSWORD_VARIABLE = "TONGBAO_NEW_PASSWORD"  # noqa: S105 - where one may stand, not one


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [staff]


@click.group()
def staff() -> None:
    """The platform's own people."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", type=click.Choice(sorted(STAFF_ROLES)), default="admin", show_default=True)
@with_appcontext
def add(email: str, name: str, role: str) -> None:
    """Let EMAIL work for the platform; whoever has no account yet gets one, with a password that is asked for.

    The second factor is set up at the first sign-in. Whoever comes after the first is better added in the office.
    """
    person_id = find_or_register(email, name)
    set_staff_role(person_id, role, actor_id=None)
    click.echo(f"{checked_email(email)} works for the platform as {role}; they sign in at /sign-in")


def find_or_register(email: str, name: str) -> str:
    """The id of the person with this address; without one, an account with a password typed here.

    The password is asked for twice without showing it, or taken from TONGBAO_NEW_PASSWORD. Raises Invalid.
    """
    person_id = db.session.scalar(select(Person.id).where(Person.email == checked_email(email)))
    end_read()
    if person_id is not None:
        return person_id
    password = os.environ.get(PASSWORD_VARIABLE) or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return register_member(email=email, name=name, password=password)
