"""`tongbao messages`: what went out, what was given up, and a try of the channel."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core.messages.queries import message_counts, messages_page
from core.messages.service import channel_for, deliver_messages, send, send_again


def commands() -> list[click.Command]:
    """The commands of this room."""
    return [messages]


@click.group()
def messages() -> None:
    """Messages to people."""


@messages.command("list")
@click.option("--state", type=click.Choice(["waiting", "sent", "dead"]), default=None)
@with_appcontext
def list_messages(state: str | None) -> None:
    """The newest messages and how they stand."""
    for row in messages_page(None, state=state or "", everyones=True).rows:
        click.echo(f"{row.created_at:%Y-%m-%d %H:%M} {row.state:<8} {row.kind:<24} {row.recipient:<32} {row.id}")
        if row.last_error:
            click.echo(f"    {row.last_error}")
    click.echo(", ".join(f"{count} {name}" for name, count in sorted(message_counts(everyones=True).items())) or "none")


@messages.command("again")
@click.argument("message_id")
@with_appcontext
def again(message_id: str) -> None:
    """Try a message that was given up once more."""
    send_again(message_id)
    click.echo("It will be tried again.")


@messages.command("test")
@click.argument("address")
@with_appcontext
def test(address: str) -> None:
    """Send a message to an address, to try the settings of e-mail."""
    send("platform.test", to=address, locale="en", values={})
    deliver_messages()
    newest = next((row for row in messages_page(None).rows if row.recipient == address), None)
    channel = channel_for("email")
    click.echo(f"{channel.id if channel else 'no channel'}: {newest.state if newest else 'gone'}")
    if newest is not None and newest.last_error:
        click.echo(newest.last_error)
